"""The preview: what a draft will look like, whatever state it is in."""

from typing import Any

import pytest
from django.test import Client

from publishers.contract.signing import signature
from publishers.editor.preview import preview_of
from publishers.models import ListingVersion, Publisher
from tests.factories import make_account, make_definition, make_listing, make_user
from tests.pages import console_of, is_sent_to_sign_in, queries, text, viewer_of
from tests.publishers.editor_assists.conftest import make_draft

PARTS = ("card", "page", "form", "request")
HOSTILE = "<script>alert(1)</script>"
DRAFTS: dict[str, Any] = {
    "empty": {},
    "only a type": {"type": "recording-analysis"},
    "wrong types everywhere": {"type": ["a"], "extensions": 3, "request": "x", "pricing": [], "remove": {}},
    "unknown members": {"type": "phone-number", "surprise": {"deep": [1]}},
    "half a request": {"type": "phone-number", "request": {"method": "GET"}},
    "a setting of no type": make_definition(configuration_schema={"type": "object", "properties": {"a": 1}}),
    "ill-formed template": make_definition(
        request={"method": "GET", "url": "https://x.example/", "query": [{"name": "a", "value": "{{"}]},
        configuration_schema={"type": "array"},
    ),
    "private address": make_definition(request={"method": "GET", "url": "http://169.254.169.254/"}),
    "unknown price": make_definition(pricing={"model": "per_use", "price": "much"}),
    "extensions of another type": make_definition(extensions=["recording-dial"]),
    "no extension": make_definition(extensions=[]),
    "scripts": make_definition(
        request={"method": "GET", "url": f"https://x.example/{HOSTILE}"}, type=HOSTILE, extensions=[HOSTILE]
    ),
    "deep schema": make_definition(
        configuration_schema={"type": "object", "not": {"not": {"not": {"not": {"not": {"not": {}}}}}}}
    ),
    "many settings": make_definition(
        configuration_schema={
            "type": "object",
            "properties": {f"s{index}": {"type": "string"} for index in range(500)},
        }
    ),
}


def stage_of(version: ListingVersion, part: str, **query: str) -> str:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    return f"/publish/listings/{version.listing.sid}/preview/{part}/?stage=1{more}"


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("definition", DRAFTS.values(), ids=DRAFTS)
def test_a_draft_of_any_shape_can_be_looked_at(
    browser: Client, publisher: Publisher, definition: Any, part: str
) -> None:
    answer = browser.get(stage_of(make_draft(publisher, definition), part))
    assert answer.status_code == 200
    assert "Not finished" in text(answer)
    assert HOSTILE not in answer.content.decode()


@pytest.mark.parametrize("part", PARTS)
def test_blocks_of_any_shape_are_shown_as_far_as_they_are_right(
    browser: Client, publisher: Publisher, part: str
) -> None:
    version = make_draft(
        publisher,
        module_info={"name": HOSTILE, "short_description": ["no"], "logo_bg_color_hex": "red;"},
        description=["no"],
        policies={"legal": f"# {HOSTILE}", "privacy": 3},
        support={"customer_support_email": {"a": 1}, "support_description": HOSTILE},
        pricing={"body": f"[x](javascript:alert(1)) {HOSTILE}"},
    )
    answer = browser.get(stage_of(version, part))
    assert answer.status_code == 200
    assert "Basics, Policies and support" in text(answer)
    assert HOSTILE not in answer.content.decode()
    assert 'href="javascript:' not in answer.content.decode()


def test_a_finished_draft_is_shown_whole(browser: Client, draft: ListingVersion) -> None:
    assert "Not finished" not in text(browser.get(stage_of(draft, "page")))
    assert preview_of(draft.listing, draft).waiting == ()


def test_a_part_that_falls_with_another_is_left_out_too(publisher: Publisher) -> None:
    """The template names a setting of a schema that cannot be used."""
    definition = make_definition(
        configuration_schema={"type": "object", "properties": {"lang": {"type": "object"}}}
    )
    definition["request"]["query"].append({"name": "lang", "value": "{{lang}}"})
    version = make_draft(publisher, definition)
    shown = preview_of(version.listing, version)
    assert shown.broken == {"configuration_schema", "request"}
    assert [section.slug for section in shown.waiting] == ["request", "configuration"]


def test_the_card_is_the_catalogues_own(browser: Client, publisher: Publisher, settings: Any) -> None:
    version = make_draft(publisher, make_definition(pricing={"model": "per_use", "price": "0.002"}))
    page = text(browser.get(stage_of(version, "card")))
    assert "Number Facts by Northwind Facts about a number. USD 0.0020 per use" in page


def test_the_page_shows_what_is_sent(browser: Client, draft: ListingVersion) -> None:
    page = text(browser.get(stage_of(draft, "page")))
    assert "sends one signed GET request to service.example.com" in page
    assert "Incoming Voice Call" in page


SETTINGS = {
    "type": "object",
    "properties": {"mode": {"type": "string", "name": "Strictness", "enum": ["relaxed", "strict"]}},
    "required": ["mode"],
}


def test_the_form_is_tried_with_the_sentences_of_an_installation(
    browser: Client, publisher: Publisher
) -> None:
    url = stage_of(make_draft(publisher, make_definition(configuration_schema=SETTINGS)), "form")
    assert "Strictness" in text(browser.get(url))
    assert "There is 1 problem" in text(browser.post(url, {}))
    assert "would be accepted" in text(browser.post(url, {"configuration-mode": "strict"}))


def test_the_request_stands_as_it_arrives_with_what_is_signed(browser: Client, publisher: Publisher) -> None:
    definition = make_definition(
        auth={"kind": "bearer", "token": "api_key"},
        request={
            "method": "POST",
            "url": "https://service.example.com/facts",
            "body": {"kind": "form", "fields": [{"name": "phone", "value": "{{primary_address}}"}]},
        },
    )
    version = make_draft(publisher, definition)
    version.listing.credentials = {"api_key": "the-real-secret"}
    version.listing.save()
    answer = browser.get(stage_of(version, "request"))
    sample = answer.context["sample"]
    assert sample.text.startswith("POST /facts HTTP/1.1\nHost: service.example.com\n")
    assert sample.text.endswith("\n\nphone=%2B14155552671")
    assert "Authorization: Bearer your-api_key" in sample.text
    assert sample.signed_text == "https://service.example.com/factsphone+14155552671"
    assert sample.signature == signature(
        "https://service.example.com/facts", {"phone": "+14155552671"}, "12345"
    )
    assert "the-real-secret" not in answer.content.decode()
    assert publisher.account.auth_token not in answer.content.decode()


def test_a_recording_stands_for_itself_in_the_request(browser: Client, publisher: Publisher) -> None:
    definition = make_definition(
        type="recording-analysis",
        extensions=["recording-verb"],
        request={
            "method": "POST",
            "url": "https://service.example.com/{{media_sid}}",
            "body": {"kind": "multipart", "fields": [{"name": "audio", "value": "{{audio_data}}"}]},
        },
    )
    sample = browser.get(stage_of(make_draft(publisher, definition), "request")).context["sample"]
    assert "[32044 bytes of audio/x-wav]" in sample.text
    assert sample.signed_text == f"https://service.example.com/RE{'0' * 32}"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("+4930123456", "number=%2B4930123456"),
        ("", "no value for primary_address"),
        ("\0", "Null characters"),
    ],
)
def test_other_values_can_be_filled_in(browser: Client, draft: ListingVersion, typed: str, said: str) -> None:
    url = stage_of(draft, "request")
    answer = browser.get(url, {"stage": "1", "point": "lookup-api", "field.primary_address": typed})
    assert said in text(answer)


def test_a_value_keeps_the_type_of_its_setting(browser: Client, publisher: Publisher) -> None:
    definition = make_definition(
        configuration_schema={"type": "object", "properties": {"most": {"type": "integer", "default": 3}}},
        request={
            "method": "POST",
            "url": "https://service.example.com/",
            "body": {"kind": "json", "fields": [{"name": "most", "value": "{{most}}"}]},
        },
    )
    url = stage_of(make_draft(publisher, definition), "request")
    assert browser.get(url).context["sample"].text.endswith('{"most": 3}')
    values = {"stage": "1", "point": "lookup-api", "field.most": "7"}
    assert browser.get(url, values).context["sample"].text.endswith('{"most": 7}')


def test_an_event_that_the_request_schema_refuses_is_said_to_be_kept_back(
    browser: Client, publisher: Publisher
) -> None:
    schema = {"type": "object", "properties": {"primary_address": {"type": "string", "pattern": r"^\+91"}}}
    version = make_draft(publisher, make_definition(request_schema=schema))
    assert "not sent to you (61003)" in text(browser.get(stage_of(version, "request")))


def test_widths_and_themes_are_plain_links(browser: Client, draft: ListingVersion) -> None:
    url = f"/publish/listings/{draft.listing.sid}/preview/page/"
    answer = browser.get(url, {"width": "phone", "theme": "dark"})
    page = answer.content.decode()
    assert 'class="preview-frame preview-phone"' in page
    assert 'src="?theme=dark&amp;stage=1"' in page
    assert 'data-bs-theme="dark"' in browser.get(url, {"theme": "dark", "stage": "1"}).content.decode()
    assert 'class="preview-frame preview-desktop"' in browser.get(url, {"width": "<b>"}).content.decode()


def test_only_our_own_pages_frame_it(browser: Client, draft: ListingVersion) -> None:
    answer = browser.get(stage_of(draft, "card"))
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("part", PARTS)
def test_the_preview_is_the_publishers_alone(draft: ListingVersion, part: str) -> None:
    url = f"/publish/listings/{draft.listing.sid}/preview/{part}/"
    stranger = console_of(make_user(make_account("Stranger")))
    assert stranger.get(url).status_code == stranger.post(url).status_code == 404
    assert is_sent_to_sign_in(url)


def test_a_viewer_may_look(publisher: Publisher, draft: ListingVersion) -> None:
    viewer = viewer_of(publisher.account)
    assert viewer.get(stage_of(draft, "form")).status_code == 200
    assert viewer.post(stage_of(draft, "form")).status_code == 403


def test_there_is_no_other_part(browser: Client, draft: ListingVersion) -> None:
    assert browser.get(f"/publish/listings/{draft.listing.sid}/preview/blog/").status_code == 404


def test_a_published_listing_without_a_draft_shows_its_version(publisher: Publisher, browser: Client) -> None:
    listing = make_listing(publisher=publisher)
    assert browser.get(f"/publish/listings/{listing.sid}/preview/page/?stage=1").status_code == 200
    assert browser.get(f"/publish/listings/{listing.sid}/preview/page/?panel=1").status_code == 200


@pytest.mark.parametrize("part", PARTS)
def test_a_preview_takes_the_same_queries_however_many_versions_there_are(
    browser: Client, publisher: Publisher, part: str
) -> None:
    version = make_draft(publisher)
    once = queries(browser, stage_of(version, part))
    version.listing.versions.update(status="withdrawn")
    for number in (2, 3):
        version.listing.versions.create(number=number, definition=make_definition(), status="withdrawn")
    assert queries(browser, stage_of(version, part)) == once
