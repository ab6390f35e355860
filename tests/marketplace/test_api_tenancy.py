"""Marketplace API v1: whose data it is, what a list costs, and who was first."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Account
from marketplace import services
from marketplace.models import InstalledAddOn
from publishers.models import Listing
from rest.errors import NotFound
from tests.conftest import api_of
from tests.factories import NOBODY, make_account, make_definition, make_install, make_listing

SCHEMA = {"type": "object", "properties": {"language": {"type": "string", "enum": ["en", "de"]}}}


@pytest.fixture
def listing(db: None) -> Listing:
    return make_listing(definition=make_definition(configuration_schema=SCHEMA))


def test_another_account_sees_and_changes_nothing(api: APIClient, listing: Listing) -> None:
    theirs = make_install(make_account(), listing, configuration={"language": "en"})
    switch = theirs.switches.select_related("extension").get(extension__unique_name="lookup-api")
    instance = f"/v1/InstalledAddOns/{theirs.sid}"
    paths = [instance, f"{instance}/Extensions", f"{instance}/Extensions/{switch.extension.sid}"]
    for path in paths:
        unknown = path.replace(theirs.sid, "XE" + "0" * 32)
        foreign, missing = api.get(path), api.get(unknown)
        assert (foreign.status_code, missing.status_code) == (404, 404)
        assert foreign.json()["message"].replace(theirs.sid, "") == missing.json()["message"].replace(
            "XE" + "0" * 32, ""
        )
    assert api.post(instance, {"UniqueName": "taken"}).status_code == 404
    assert api.post(paths[2], {"Enabled": "true"}).status_code == 404
    assert api.delete(instance).status_code == 404
    assert api.get("/v1/InstalledAddOns").json()["installed_add_ons"] == []
    switch.refresh_from_db()
    assert not switch.enabled
    assert InstalledAddOn.objects.live().filter(pk=theirs.pk).exists()


@pytest.mark.parametrize("sid", ["XE123", "XE" + "g" * 32, "xe" + "0" * 32, "XE" + "0" * 33, "XE%00"])
def test_a_malformed_sid_is_404_in_the_platforms_shape(api: APIClient, sid: str) -> None:
    answer = api.get(f"/v1/InstalledAddOns/{sid}")
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


def test_an_extension_of_another_install_is_404(api: APIClient, account: Account, listing: Listing) -> None:
    mine = make_install(account, listing, configuration={"language": "en"})
    other = make_listing().extensions.get(unique_name="lookup-api")
    assert api.get(f"/v1/InstalledAddOns/{mine.sid}/Extensions/{other.sid}").status_code == 404


@pytest.mark.parametrize("path", ["AvailableAddOns", "InstalledAddOns"])
def test_a_list_costs_the_same_queries_however_long_it_is(account: Account, path: str) -> None:
    api = api_of(account)
    counts = []
    for _ in range(2):
        make_install(account)
        make_install(account)
        with CaptureQueriesContext(connection) as queries:
            assert api.get(f"/v1/{path}").status_code == 200
        counts.append(len(queries))
    assert counts == [2, 2]


def test_the_extension_lists_cost_the_same_queries_however_long_they_are(
    account: Account, django_assert_num_queries: Any
) -> None:
    api = api_of(account)
    mine = make_install(account)
    with django_assert_num_queries(3):
        api.get(f"/v1/InstalledAddOns/{mine.sid}/Extensions")
    with django_assert_num_queries(3):
        api.get(f"/v1/AvailableAddOns/{mine.listing.sid}/Extensions")


# --- Races -----------------------------------------------------------------------------------


def test_a_rename_and_a_new_configuration_do_not_undo_each_other(account: Account, listing: Listing) -> None:
    installed = make_install(account, listing, configuration={"language": "en"})
    stale = InstalledAddOn.objects.with_listing().get(pk=installed.pk)
    services.update(installed=installed, unique_name="renamed", actor=NOBODY)
    services.update(installed=stale, configuration={"language": "de"}, actor=NOBODY)
    now = InstalledAddOn.objects.get(pk=installed.pk)
    assert (now.unique_name, now.configuration) == ("renamed", {"language": "de"})


def test_an_update_that_comes_after_an_uninstall_brings_nothing_back(account: Account) -> None:
    installed = make_install(account)
    stale = InstalledAddOn.objects.with_listing().get(pk=installed.pk)
    assert services.uninstall(installed=installed)
    with pytest.raises(NotFound):
        services.update(installed=stale, unique_name="late", actor=NOBODY)
    assert not InstalledAddOn.objects.live().exists()
    assert not services.uninstall(installed=stale)
