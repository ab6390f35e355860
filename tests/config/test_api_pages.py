"""The console's API pages: what they show, and whose."""

import ast
import re
import subprocess
from typing import Any

from django.test import Client

from accounts.models import Account, ApiKey
from accounts.services import create_api_key
from config import api_samples
from marketplace.models import InstalledAddOn
from rest.pagination import MAX_PAGE_SIZE
from tests.factories import make_account, make_definition, make_install, make_listing
from tests.pages import is_sent_to_sign_in, queries, text, viewer_of

PAGE, TRY = "/console/api/", "/console/api/try/"
NEEDS_A_NAME = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


def code_of(account: Account, label: str) -> str:
    return next(each.code for each in api_samples.samples(account) if each.label.startswith(label))


def test_it_says_where_the_api_is_and_for_whom(console: Client, account: Account) -> None:
    shown = text(console.get(PAGE))
    assert "Base URL http://127.0.0.1:8000" in shown
    assert account.sid in shown


def test_each_base_url_is_named_when_they_differ(console: Client, settings: Any) -> None:
    settings.API_URLS = {**settings.API_URLS, "lookups": "https://lookups.example"}
    shown = text(console.get(PAGE))
    assert "Base URL of marketplace, preview" in shown
    assert "Base URL of lookups https://lookups.example" in shown


def test_every_operation_is_listed_under_its_part_of_the_product(console: Client) -> None:
    shown = text(console.get(PAGE))
    assert "POST /v1/InstalledAddOns Install an add-on" in shown
    assert "GET /v1/PhoneNumbers/{number} Look up a number, and ask add-ons about it" in shown
    places = [shown.index(f"{part} Operation") for part in ("Catalogue", "Installed add-ons", "Lookups")]
    assert places == sorted(places)


def test_limits_are_those_in_force(console: Client, settings: Any) -> None:
    settings.REQUESTS_PER_MINUTE = 77
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2_097_152
    shown = text(console.get(PAGE))
    assert "77 for each account" in shown
    assert f"at most {MAX_PAGE_SIZE}" in shown
    assert "2.0\xa0MB" in console.get(PAGE).content.decode()
    settings.REQUESTS_PER_MINUTE = 0
    assert "Requests a minute No limit" in text(console.get(PAGE))


def test_the_samples_are_this_accounts_and_hold_no_secret(account: Account) -> None:
    ApiKey.objects.all().delete()
    _, secret = create_api_key(account=account, friendly_name="Scripts")
    for sample in api_samples.samples(account):
        assert "API_KEY" in sample.code
        assert secret not in sample.code
        assert account.auth_token not in sample.code
    assert f'"{account.sid}"' in code_of(account, "Python")
    assert f'"{account.sid}"' in code_of(account, "Node")


def test_the_samples_install_what_needs_no_setting(account: Account) -> None:
    easy = make_listing()
    make_listing(definition=make_definition(configuration_schema=NEEDS_A_NAME))
    for sample in api_samples.samples(account):
        assert easy.sid in sample.code


def test_the_samples_look_up_with_what_runs(account: Account) -> None:
    make_install(account, unique_name="off_everywhere")
    make_install(account, unique_name="runs_in_lookups", enabled=["lookup-api"])
    make_install(make_account(), unique_name="of_somebody_else", enabled=["lookup-api"])
    for sample in api_samples.samples(account):
        assert "runs_in_lookups" in sample.code
        assert "of_somebody_else" not in sample.code


def test_the_samples_are_code_also_in_an_empty_marketplace(account: Account) -> None:
    ast.parse(code_of(account, "Python"))
    subprocess.run(["bash", "-n"], input=code_of(account, "curl"), text=True, check=True)


def test_pasted_text_is_what_was_meant(console: Client, account: Account) -> None:
    """An add-on's name is somebody else's text: it stays on its line of comment."""
    make_listing(module_info={"name": 'Facts" & <more>\nrm -rf', "short_description": "Facts."})
    for sample in api_samples.samples(account):
        assert not re.search(r"^\s*rm -rf", sample.code, re.MULTILINE)
    ast.parse(code_of(account, "Python"))
    assert console.get(PAGE).status_code == 200


def test_the_try_it_page_loads_only_our_own_files(console: Client) -> None:
    answer = console.get(TRY)
    sources = re.findall(r'(?:src|href)="([^"]+)"', answer.content.decode())
    assert [each for each in sources if not each.startswith(("/", "#"))] == []
    assert 'data-document="/openapi.json"' in answer.content.decode()
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_pages_that_change_nothing_take_no_post(console: Client) -> None:
    assert console.post(PAGE).status_code == console.post(TRY).status_code == 405


def test_a_stranger_is_asked_to_sign_in(db: None) -> None:
    assert is_sent_to_sign_in(PAGE)
    assert is_sent_to_sign_in(TRY)


def test_a_viewer_may_read_them(account: Account) -> None:
    assert viewer_of(account).get(PAGE).status_code == 200
    assert viewer_of(account).get(TRY).status_code == 200


def test_the_page_takes_as_many_queries_for_four_add_ons_as_for_one(
    console: Client, account: Account
) -> None:
    make_install(account)
    before = queries(console, PAGE)
    for _ in range(3):
        make_install(account)
    assert InstalledAddOn.objects.count() == 4
    assert queries(console, PAGE) == before
