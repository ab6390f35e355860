"""The plain Django admin, with django-jsonform for the nested parts of a definition."""

import json
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from publishers.contract.definition import definition_faults
from publishers.editor_schemas import SECTIONS
from publishers.forms import without_blanks
from publishers.models import Listing, ListingVersion
from tests.factories import (
    make_account,
    make_definition,
    make_install,
    make_invocation,
    make_listing,
    make_user,
)


@pytest.fixture
def operator(db: None) -> Client:
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def listing(db: None) -> Listing:
    return make_listing()


def filled(editor: dict[str, Any], value: Any) -> Any:
    """What the editor sends for a value: every box it draws, blank or not."""
    match editor["type"]:
        case "object":
            return {
                name: filled(part, (value or {}).get(name)) for name, part in editor["properties"].items()
            }
        case "array":
            return [filled(editor["items"], each) for each in value or []]
        case "boolean":
            return bool(value)
        case "integer":
            return value
    return value or editor.get("default", "")


def posted(definition: dict[str, Any], listing: Listing) -> dict[str, Any]:
    """A definition as the editor's page posts it."""
    parts = {name: json.dumps(filled(editor, definition.get(name))) for name, editor in SECTIONS.items()}
    return {
        **parts,
        "listing": listing.pk,
        "type": definition["type"],
        "extensions": definition["extensions"],
    }


ADD = "admin:publishers_listingversion_add"


def test_every_list_and_every_form_opens(operator: Client, listing: Listing) -> None:
    make_invocation(make_install(make_account(), listing))
    for model in admin.site._registry:
        if not apps.is_installed(model._meta.app_config.name.split(".")[0]):
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert operator.get(reverse(f"{name}_changelist")).status_code == 200
        row = model._default_manager.first()
        if row is not None:
            assert operator.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200


def test_a_person_who_is_no_operator_is_sent_to_sign_in(console: Client) -> None:
    assert console.get("/admin/").status_code == 302


def test_a_definition_is_put_together_from_its_parts(operator: Client, listing: Listing) -> None:
    definition = make_definition(remove=["$.debug"], limits={"timeout_ms": 500})
    assert operator.post(reverse(ADD), posted(definition, listing)).status_code == 302
    version = listing.versions.get(number=2)
    assert version.status == ListingVersion.Status.DRAFT
    assert version.definition["remove"] == ["$.debug"]
    assert version.definition["limits"] == {"timeout_ms": 500}
    assert version.definition["request"]["query"] == [
        {"name": "number", "value": "{{primary_address}}", "required": True}
    ]
    assert definition_faults(version.definition) == []


def test_what_the_editor_leaves_blank_is_left_out() -> None:
    sent = {
        "name": "a",
        "value": "",
        "credential": None,
        "list": ["", {}, 0],
        "deep": {"x": ""},
        "flag": False,
    }
    assert without_blanks(sent) == {"name": "a", "list": [0], "flag": False}


def test_a_fault_stands_at_its_section_and_nothing_is_stored(operator: Client, listing: Listing) -> None:
    definition = make_definition(pricing={"model": "per_use"})
    answer = operator.post(reverse(ADD), posted(definition, listing))
    assert answer.status_code == 200
    assert "/pricing/price" in str(answer.context["adminform"].form.errors["pricing"])
    assert ListingVersion.objects.count() == 1


def test_a_published_version_cannot_be_changed(operator: Client, listing: Listing) -> None:
    version = listing.versions.get()
    url = reverse("admin:publishers_listingversion_change", args=[version.pk])
    assert operator.post(url, posted(make_definition(), listing)).status_code == 403


def test_no_secret_is_shown(operator: Client) -> None:
    listing = make_listing(credentials={"service_key": "hidden-key"})
    for name, row in (("publishers_listing", listing), ("accounts_account", listing.publisher.account)):
        page = operator.get(reverse(f"admin:{name}_change", args=[row.pk])).content.decode()
        assert "hidden-key" not in page
        assert listing.publisher.account.auth_token not in page
