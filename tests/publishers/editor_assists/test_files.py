"""Listing files and definitions, in and out of the console; and the templates a listing starts from."""

import json
from typing import Any

import pytest
from django.test import Client

from publishers.contract.definition import definition_faults
from publishers.contract.points import TYPES
from publishers.editor.listing_document import BadDocument, read_document
from publishers.editor.starts import STARTS
from publishers.listing_files import listing_faults
from publishers.models import Listing, ListingVersion, Publisher
from tests.factories import make_account, make_definition, make_listing, make_listing_document, make_user
from tests.pages import console_of, is_sent_to_sign_in, queries, text, viewer_of
from tests.publishers.editor_assists.conftest import make_draft

URL = "/publish/listings/new/file/"
NEW = "/publish/listings/new/"


def export_of(version: ListingVersion) -> str:
    return f"/publish/listings/{version.listing.sid}/export/"


def post(browser: Client, document: Any, **fields: str) -> Any:
    return browser.post(URL, {"text": json.dumps(document), "target": "new", **fields})


def test_a_definition_alone_becomes_a_new_draft(browser: Client, publisher: Publisher) -> None:
    answer = post(browser, make_definition(), name="Number Scout")
    listing = Listing.objects.of(publisher.account).get()
    assert answer["Location"] == f"/publish/listings/{listing.sid}/edit/basics/"
    assert (listing.name, listing.availability) == ("Number Scout", "draft")
    assert listing.versions.get().definition == make_definition()


def test_a_listing_file_brings_its_texts_but_not_its_owner(browser: Client, publisher: Publisher) -> None:
    make_listing(unique_name="someone_elses")
    document = make_listing_document(publisher="acme", unique_name="someone_elses", availability="ga")
    post(browser, {**document, "credentials": {"key": {"env": "PATH"}}, "surprise": 1})
    listing = Listing.objects.of(publisher.account).get()
    assert listing.policies == document["policies"]
    assert listing.category == "Phone numbers"
    assert (listing.unique_name, listing.availability) != ("someone_elses", "ga")
    assert listing.availability == "draft"
    assert listing.credentials == {}


def test_an_unfinished_definition_is_taken(browser: Client, publisher: Publisher) -> None:
    post(browser, {"type": "phone-number", "request": {"method": "GET"}}, name="Unfinished")
    assert Listing.objects.of(publisher.account).get().versions.get().definition["request"] == {
        "method": "GET"
    }


def test_a_file_replaces_the_open_draft(browser: Client, publisher: Publisher) -> None:
    version = make_draft(publisher, make_definition(remove=["$.debug"]))
    changed = make_definition(extensions=["lookup-api"])
    document = make_listing_document(definition=changed)
    post(browser, document, target=version.listing.sid)
    version.refresh_from_db()
    assert version.definition == changed
    assert version.listing.versions.count() == 1
    assert Listing.objects.get(pk=version.listing.pk).policies == {}


def test_the_texts_are_taken_over_when_asked(browser: Client, draft: ListingVersion) -> None:
    document = make_listing_document()
    post(browser, document, target=draft.listing.sid, with_texts="on")
    assert Listing.objects.get(pk=draft.listing.pk).policies == document["policies"]


def test_a_published_listing_gets_a_new_draft(browser: Client, publisher: Publisher) -> None:
    listing = make_listing(publisher=publisher)
    post(browser, make_definition(extensions=["lookup-api"]), target=listing.sid)
    newest, published = listing.versions.all()
    assert (newest.number, newest.status, published.status) == (2, "draft", "published")
    assert newest.definition["extensions"] == ["lookup-api"]


def test_a_submitted_version_stays(browser: Client, draft: ListingVersion) -> None:
    ListingVersion.objects.filter(pk=draft.pk).update(status="submitted")
    assert "withdraw that first" in text(post(browser, make_definition(), target=draft.listing.sid))
    draft.refresh_from_db()
    assert draft.definition == make_definition()


def test_nothing_is_stored_when_a_text_is_refused(browser: Client, draft: ListingVersion) -> None:
    document = make_listing_document(definition={"type": "phone-number"}, support={"pager": "1"})
    answer = post(browser, document, target=draft.listing.sid, with_texts="on")
    assert "not known here" in text(answer)
    draft.refresh_from_db()
    assert draft.definition == make_definition()
    assert "not known here" in text(post(browser, document))
    assert Listing.objects.count() == 1


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("{", "not JSON"),
        ("[]", "must be a JSON object"),
        ('{"a": 1}', "neither a listing file"),
        ('{"type": 1, "type": 2}', "same key twice"),
        ("\ud800", "not JSON"),
    ],
    ids=["broken", "list", "other", "twice", "surrogate"],
)
def test_what_is_no_listing_file_is_refused(pasted: str, said: str) -> None:
    with pytest.raises(BadDocument, match=said):
        read_document(pasted)


@pytest.mark.parametrize(
    "document",
    [
        {"definition": {}, "module_info": 3},
        {"definition": {"a\0": 1}, "module_info": {"name": "x"}},
        {"definition": {"type": {}}, "module_info": {"name": {"a": 1}}, "category": 3},
        {"definition": {"type": "x" * 300_000}, "module_info": {"name": "x"}},
        {"definition": {"type": "phone-number"}, "module_info": {"name": "\0"}},
    ],
    ids=range(5),
)
def test_hostile_files_are_refused_or_taken_but_never_an_error(browser: Client, document: Any) -> None:
    assert post(browser, document).status_code in (200, 302)
    assert post(browser, document, name="Named").status_code in (200, 302)


def test_a_definition_without_a_name_asks_for_one(browser: Client) -> None:
    assert "Give the listing a name" in text(post(browser, make_definition()))


def test_only_own_listings_can_be_written_into(browser: Client) -> None:
    other = make_listing()
    answer = post(browser, make_definition(), target=other.sid)
    assert "Select a valid choice" in text(answer)
    assert other.versions.count() == 1
    assert other.name not in text(answer)


def test_the_target_can_be_named_in_the_address(browser: Client, draft: ListingVersion) -> None:
    page = browser.get(URL, {"into": draft.listing.sid}).content.decode()
    assert f'<option value="{draft.listing.sid}" selected>' in page


def test_an_export_is_a_file_that_can_be_imported_again(browser: Client, publisher: Publisher) -> None:
    version = make_draft(publisher, policies={"legal": "Be nice.", "privacy": "None."}, category="Numbers")
    version.listing.credentials = {"api_key": "the-real-secret"}
    version.listing.save()
    answer = browser.get(export_of(version))
    assert answer["Content-Disposition"] == 'attachment; filename="northwind_facts.json"'
    assert b"the-real-secret" not in answer.content
    document = json.loads(answer.content)
    assert listing_faults(document, {"api_key": "x"}) == []
    post(browser, document)
    copy = Listing.objects.of(publisher.account).exclude(pk=version.listing.pk).get()
    assert (copy.policies, copy.category) == (version.listing.policies, "Numbers")
    assert copy.versions.get().definition == version.definition


@pytest.mark.parametrize("availability", ["in_review", "suspended", "ga"])
def test_an_export_says_only_what_a_file_may_say(
    browser: Client, draft: ListingVersion, availability: str
) -> None:
    Listing.objects.filter(pk=draft.listing.pk).update(availability=availability)
    document = json.loads(browser.get(export_of(draft)).content)
    assert document["availability"] == ("ga" if availability == "ga" else "draft")


def test_a_draft_of_any_shape_is_exported(browser: Client, publisher: Publisher) -> None:
    version = make_draft(publisher, {"type": 3})
    assert json.loads(browser.get(export_of(version)).content)["definition"] == {"type": 3}
    version.delete()
    assert json.loads(browser.get(export_of(version)).content)["definition"] == {}


def test_an_export_is_the_publishers_alone(publisher: Publisher, draft: ListingVersion) -> None:
    stranger = console_of(make_user(make_account("Stranger")))
    assert stranger.get(export_of(draft)).status_code == 404
    assert viewer_of(publisher.account).get(export_of(draft)).status_code == 200
    assert is_sent_to_sign_in(export_of(draft))


def test_who_may_import(publisher: Publisher) -> None:
    viewer = viewer_of(publisher.account)
    assert viewer.get(URL).status_code == 200
    assert viewer.post(URL, {"text": "{}"}).status_code == 403
    assert is_sent_to_sign_in(URL)
    other = console_of(make_user(make_account("No publisher")))
    assert "not a publisher yet" in text(post(other, make_definition(), name="X"))


def test_the_page_takes_the_same_queries_however_many_listings_there_are(
    browser: Client, publisher: Publisher
) -> None:
    make_listing(publisher=publisher)
    once = queries(browser, URL)
    make_listing(publisher=publisher)
    make_listing(publisher=publisher)
    assert queries(browser, URL) == once


@pytest.mark.parametrize("slug", STARTS)
def test_every_template_is_right_as_it_is(slug: str) -> None:
    assert definition_faults(dict(STARTS[slug].definition)) == []


def test_there_is_a_template_for_every_type() -> None:
    assert {start.definition["type"] for start in STARTS.values()} == set(TYPES)


@pytest.mark.parametrize("slug", STARTS)
def test_a_listing_starts_from_a_template(browser: Client, publisher: Publisher, slug: str) -> None:
    answer = browser.post(f"/publish/listings/new/start/{slug}/")
    listing = Listing.objects.of(publisher.account).get()
    assert answer["Location"] == f"/publish/listings/{listing.sid}/edit/basics/"
    assert listing.module_info == STARTS[slug].module_info
    assert listing.versions.get().definition == STARTS[slug].definition


def test_the_templates_are_offered_where_a_listing_begins(browser: Client) -> None:
    page = browser.get(NEW)
    assert all(start.title in text(page) for start in STARTS.values())
    assert page.content.decode().count("Start from this") == len(STARTS)


def test_who_may_start_from_a_template(publisher: Publisher, browser: Client) -> None:
    url = "/publish/listings/new/start/echo/"
    assert viewer_of(publisher.account).post(url).status_code == 403
    assert browser.get(url).status_code == 405
    assert browser.post("/publish/listings/new/start/lottery/").status_code == 404
    other = console_of(make_user(make_account("No publisher")))
    assert "not a publisher yet" in text(other.post(url, follow=True))
    assert Listing.objects.count() == 0
