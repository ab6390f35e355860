"""The pages of the editor without scripts and by themselves: what is stored, what is said, who may."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import Role
from publishers.editor import saving
from publishers.models import Listing, ListingVersion
from publishers.sections import SECTIONS
from tests.factories import NOBODY, make_account, make_definition, make_listing, make_publisher, make_user
from tests.pages import console_of, is_sent_to_sign_in, queries, text
from tests.publishers.editor.drafts import console_for, make_draft, revision, save, url_of

pytestmark = pytest.mark.django_db
AS_JSON = {"accept": "application/json"}
NAMES = {"module_info-name": "Facts", "module_info-short_description": "Facts about a number."}
CHOSEN = {"type": "phone-number", "extensions": ["lookup-api", "voice-incoming"]}


@pytest.fixture
def draft() -> tuple[Listing, ListingVersion]:
    return make_draft()


@pytest.mark.parametrize("slug", SECTIONS)
def test_every_section_is_shown(slug: str, draft: Any) -> None:
    answer = console_for(draft[0]).get(url_of(draft[0], slug))
    assert answer.status_code == 200
    assert f"{SECTIONS[slug].title}: Facts" in answer.content.decode()
    assert "8 of 9 ready" in text(answer)


def test_a_section_that_is_none_is_not_found(draft: Any) -> None:
    assert console_for(draft[0]).get(url_of(draft[0], "nothing")).status_code == 404


def test_a_save_without_scripts_stores_the_json(draft: Any) -> None:
    listing, version = draft
    sent = {"request-json": json.dumps({"method": "POST", "url": "https://x.example/"})}
    answer = save(console_for(listing), listing, "request", sent)
    assert (answer.status_code, answer["Location"]) == (302, url_of(listing, "request"))
    version.refresh_from_db()
    assert version.definition["request"] == {"method": "POST", "url": "https://x.example/"}


def test_a_save_may_continue_with_the_next_section(draft: Any) -> None:
    answer = save(console_for(draft[0]), draft[0], "policies", {"then": "next"})
    assert answer["Location"] == url_of(draft[0], "test")


def test_texts_are_stored_in_their_blocks_and_an_emptied_one_is_removed(draft: Any) -> None:
    listing, _ = draft
    client = console_for(listing)
    told = {"support-billing_email": "a@b.example", "policies-legal": "One\r\nTwo"}
    save(
        client,
        listing,
        "policies",
        {**told, "callback_url": "https://x.example/", "notification_events": "module_install"},
    )
    listing.refresh_from_db()
    assert (listing.support, listing.policies) == ({"billing_email": "a@b.example"}, {"legal": "One\nTwo"})
    assert listing.configuration["notification_configuration"] == {
        "callback_url": "https://x.example/",
        "notification_events": ["module_install"],
    }
    save(client, listing, "policies", {"support-billing_email": "", "policies-legal": "", "callback_url": ""})
    listing.refresh_from_db()
    assert (listing.support, listing.policies, listing.configuration) == ({}, {}, {})


def test_the_type_the_points_and_the_category_are_stored(draft: Any) -> None:
    listing, version = draft
    sent = {**NAMES, "type": "message-analysis", "extensions": ["sms-incoming"], "category": "Texts"}
    save(console_for(listing), listing, "basics", sent)
    listing.refresh_from_db()
    version.refresh_from_db()
    assert (version.definition["type"], version.definition["extensions"]) == (
        "message-analysis",
        ["sms-incoming"],
    )
    assert listing.category == "Texts"


def test_a_page_saved_as_it_was_opened_changes_nothing(draft: Any) -> None:
    listing, version = draft
    before = revision(listing)
    request = json.dumps(version.definition["request"])
    pages: dict[str, dict[str, Any]] = {
        "basics": {**NAMES, **CHOSEN},
        "request": {"request-json": request},
    }
    for slug, sent in pages.items():
        assert save(console_for(listing), listing, slug, sent).status_code == 302
    assert revision(listing) == before


def test_a_save_by_itself_tells_the_new_state(draft: Any) -> None:
    listing, _ = draft
    sent = {"request-json": '{"method": "GET", "url": "ftp://x"}'}
    answer = save(console_for(listing), listing, "request", sent, **AS_JSON)
    told = answer.json()
    assert told["revision"] == revision(listing)
    assert told["faults"]["request"][0].startswith("url: ")
    assert "7 of 9" in told["rail"]
    assert told["parts"]["request"]["table"] == {"method": "GET", "url": "ftp://x"}
    assert told["refused"] == {}


def test_what_cannot_be_stored_says_why_and_the_rest_is_stored(draft: Any) -> None:
    listing, version = draft
    sent = {"request-json": "{", "runtime_parameters-json": '[{"name": "country"}]'}
    told = save(console_for(listing), listing, "request", sent, **AS_JSON).json()
    assert told["refused"]["request"][0].startswith("This is no JSON")
    version.refresh_from_db()
    assert version.definition["request"] == make_definition()["request"]
    assert version.definition["runtime_parameters"] == [{"name": "country"}]


def test_without_scripts_a_refused_box_keeps_what_was_typed(draft: Any) -> None:
    answer = save(console_for(draft[0]), draft[0], "request", {"request-json": '{"a": '})
    assert answer.status_code == 200
    assert "Not saved. This is no JSON" in text(answer)
    assert "{&quot;a&quot;: </textarea>" in answer.content.decode()


def test_a_member_with_a_fault_keeps_its_stored_value(draft: Any) -> None:
    listing, _ = draft
    sent = {
        **NAMES,
        **CHOSEN,
        "module_info-logo_url": "x",
        "module_info-tagline": "New",
        "module_info-name": " ",
    }
    told = save(console_for(listing), listing, "basics", sent, **AS_JSON).json()
    assert set(told["refused"]) == {"module_info-logo_url", "module_info-name"}
    listing.refresh_from_db()
    assert listing.module_info == {
        "name": "Facts",
        "short_description": "Facts about a number.",
        "tagline": "New",
    }


@pytest.mark.parametrize(
    "sent", [{"module_info-name": "x" * 61}, {"module_info-name": "a\0b"}, {"category": "x" * 65}]
)
def test_a_text_that_is_too_long_or_has_nul_is_refused(sent: Any, draft: Any) -> None:
    told = save(console_for(draft[0]), draft[0], "basics", {**NAMES, **CHOSEN, **sent}, **AS_JSON).json()
    assert list(told["refused"]) == list(sent)


def test_a_second_tab_is_told_to_reload(draft: Any) -> None:
    listing, version = draft
    client, seen = console_for(listing), revision(listing)
    saving.save(listing=listing, version=version, edit=saving.Edit(category="x"), actor=NOBODY)
    sent = {"revision": seen, "pricing-body": "Mine", "pricing-json": '{"model": "free"}'}
    answer = client.post(url_of(listing, "pricing"), sent)
    assert answer.status_code == 409
    assert "changed elsewhere" in text(answer)
    assert "Mine</textarea>" in answer.content.decode()
    assert client.post(url_of(listing, "pricing"), sent, headers=AS_JSON).status_code == 409
    listing.refresh_from_db()
    assert listing.pricing == {}


def test_to_look_at_the_other_tab_stores_nothing(draft: Any) -> None:
    listing, _ = draft
    before = revision(listing)
    sent = {
        "do": "look",
        "configuration_schema-json": '{"type": "object", "properties": {"a": {"type": "string"}}}',
    }
    told = save(console_for(listing), listing, "configuration", sent, **AS_JSON).json()
    assert told["parts"]["configuration_schema"]["table"] == [
        {"key": "a", "type": "string", "required": False}
    ]
    assert revision(listing) == before


def test_a_published_listing_is_live_and_its_technical_part_is_not_to_be_changed() -> None:
    listing = make_listing()
    client = console_for(listing)
    page = client.get(url_of(listing, "pricing"))
    assert "live as soon as you save" in text(page)
    assert "data-saves-itself" not in page.content.decode()
    save(client, listing, "pricing", {"pricing-body": "Cheap", "pricing-json": '{"model": "free"}'})
    listing.refresh_from_db()
    assert listing.pricing == {"body": "Cheap"}
    assert listing.published_version.definition == make_definition()  # type: ignore[union-attr]


def test_a_published_listing_keeps_its_short_description() -> None:
    listing = make_listing()
    name = listing.module_info["name"]
    sent = {"module_info-name": name, "module_info-short_description": ""}
    told = save(console_for(listing), listing, "basics", sent, **AS_JSON).json()
    assert list(told["refused"]) == ["module_info-short_description"]


@pytest.mark.parametrize("slug", SECTIONS)
@pytest.mark.parametrize(
    "definition",
    [[], {"type": ["x"], "extensions": 5, "request": "x", "auth": [], "pricing": 7, "remove": {}}],
)
def test_a_draft_that_holds_anything_is_shown_and_saved(slug: str, definition: Any, draft: Any) -> None:
    listing, version = draft
    ListingVersion.objects.filter(pk=version.pk).update(definition=definition)
    Listing.objects.filter(pk=listing.pk).update(
        support=["x"], configuration={"buttons": 5}, policies={"legal": 5}
    )
    client = console_for(listing)
    assert client.get(url_of(listing, slug)).status_code == 200
    if slug not in ("test", "submit"):
        assert save(client, listing, slug, {"a": "b"}).status_code in {200, 302}


def test_texts_of_a_stranger_are_shown_as_text(draft: Any) -> None:
    listing, _ = draft
    Listing.objects.filter(pk=listing.pk).update(module_info={"name": "<script>alert(1)</script>"})
    page = console_for(listing).get(url_of(listing, "basics")).content.decode()
    assert "<script>alert" not in page


def test_another_account_finds_nothing(draft: Any) -> None:
    listing, _ = draft
    strangers = [console_of(make_user(make_account())), console_of(make_user(make_publisher().account))]
    for client in strangers:
        for slug in SECTIONS:
            assert client.get(url_of(listing, slug)).status_code == 404
            assert client.post(url_of(listing, slug), {}).status_code == 404
    assert is_sent_to_sign_in(url_of(listing, "basics"))


@pytest.mark.parametrize("slug", SECTIONS)
def test_a_viewer_may_look_but_not_change(slug: str, draft: Any) -> None:
    listing, _ = draft
    viewer = console_for(listing, Role.VIEWER)
    assert "you can look, but not change" in text(viewer.get(url_of(listing, slug)))
    assert viewer.post(url_of(listing, slug), {"category": "x"}).status_code == 403


def test_a_post_needs_its_token(draft: Any) -> None:
    listing, _ = draft
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(listing.publisher.account))
    assert client.post(url_of(listing, "basics"), {}).status_code == 403


@pytest.mark.parametrize("slug", ["basics", "credentials", "submit"])
def test_the_number_of_queries_does_not_grow(slug: str) -> None:
    def taken(count: int) -> int:
        listing, version = make_draft()
        names = [f"secret_{index}" for index in range(count)]
        saving.keep_secrets(listing=listing, given=dict.fromkeys(names, "x"), actor=NOBODY)
        for _ in range(count):
            version.comments.create(section=slug, text="Mend", is_operators=True, is_request=True)
        return queries(console_for(listing), url_of(listing, slug))

    assert taken(1) == taken(3)


def test_an_operators_wish_stands_in_its_section(draft: Any) -> None:
    listing, version = draft
    version.comments.create(section="pricing", text="Say why.", is_operators=True, is_request=True)
    client = console_for(listing)
    assert "An operator asks for this change" in text(client.get(url_of(listing, "pricing")))
    assert "Say why." not in text(client.get(url_of(listing, "basics")))
