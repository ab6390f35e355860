"""Paste an answer: the schema it suggests, what is removed and free, and the envelope that comes of it."""

import json
from typing import Any

import pytest
from django.test import Client

from publishers.contract.definition import definition_faults
from publishers.editor.inference import BadAnswer, read_answer, required_paths, rows_of, schema_of, shape_of
from publishers.models import ListingVersion, Publisher
from results.envelope import envelope
from schema_forms.schemas import compile_schema
from tests.factories import make_account, make_definition, make_user
from tests.pages import console_of, is_sent_to_sign_in, text, viewer_of
from tests.publishers.editor_assists.conftest import make_draft

ANSWER = {
    "args": {"e164": "+14155552671", "apikey": "k1"},
    "scores": [{"value": 3}, {"value": 0.5, "note": None}],
    "odd name": True,
}
PASTED = json.dumps(ANSWER)


def url_of(version: ListingVersion) -> str:
    return f"/publish/listings/{version.listing.sid}/infer/"


def test_every_place_has_a_path_in_the_order_of_the_answer() -> None:
    assert [(row.path, row.kind, row.sample) for row in rows_of(shape_of(ANSWER))] == [
        ("$.args", "object", ""),
        ("$.args.e164", "text", "+14155552671"),
        ("$.args.apikey", "text", "k1"),
        ("$.scores", "list", ""),
        ("$.scores[*].value", "number", "3"),
        ("$.scores[*].note", "null", "null"),
        ("$['odd name']", "true or false", "True"),
    ]


def test_what_is_required_is_required_with_what_lies_around_it() -> None:
    schema = schema_of(shape_of(ANSWER), required={"$.args.e164"})
    assert schema["required"] == ["args"]
    assert schema["properties"]["args"]["required"] == ["e164"]
    assert compile_schema(schema).accepts(ANSWER)
    assert not compile_schema(schema).accepts({"args": {}})
    assert required_paths(schema) == {"$.args", "$.args.e164"}


def test_a_place_in_a_list_is_required_of_each_entry_not_of_the_list() -> None:
    schema = compile_schema(schema_of(shape_of(ANSWER), required={"$.scores[*].value"}))
    assert schema.accepts({})
    assert schema.accepts({"scores": []})
    assert not schema.accepts({"scores": [{}]})


def test_a_guess_turns_no_good_answer_away() -> None:
    """A whole number may be a fraction next time, and what was null a text."""
    schema = compile_schema(schema_of(shape_of({"score": 3, "note": None, "mixed": [1, "a"]})))
    assert schema.accepts({"score": 3.5, "note": "x", "mixed": ["b", 2]})
    assert not schema.accepts({"score": "high"})


def test_what_is_removed_is_not_described_unless_it_is_required() -> None:
    shape = shape_of(ANSWER)
    assert "apikey" not in schema_of(shape, removed={"$.args.apikey"})["properties"]["args"]["properties"]
    schema = schema_of(shape, removed={"$.args"}, required={"$.args.e164"})
    assert schema["properties"]["args"]["required"] == ["e164"]


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("", "not JSON"),
        ("[1]", "in braces"),
        ('{"a": 1, "a": 2}', "same key twice"),
        ("{" + '"a":{' * 100 + "}" * 101, "levels"),
        (json.dumps({"a": "x" * 65_536}), "at most 65,536 bytes"),
        ("\ud800", "Unicode"),
    ],
    ids=["empty", "list", "twice", "deep", "large", "surrogate"],
)
def test_what_is_no_answer_is_refused(pasted: str, said: str) -> None:
    with pytest.raises(BadAnswer, match=said):
        read_answer(pasted)


def test_names_that_no_path_takes_have_no_row() -> None:
    rows = rows_of(shape_of({"a\0b": 1, "it's": 2, "x" * 600: 3, "ok": 4}))
    assert [row.path for row in rows] == ["$['it\\'s']", "$.ok"]


def test_first_there_is_a_box(browser: Client, draft: ListingVersion) -> None:
    page = text(browser.get(url_of(draft)))
    assert "The answer, as JSON" in page
    assert "Use these" not in page


def test_the_envelope_is_the_platforms_own(browser: Client, draft: ListingVersion) -> None:
    ticks = {"ticked": "1", "remove": ["$.args.apikey"], "required": ["$.args.e164"]}
    looked = browser.post(url_of(draft), {"answer": PASTED, **ticks}).context["looked"]
    shown = json.loads(looked.envelope)
    entry = shown["results"]["northwind_facts"]
    assert entry["result"] == {**ANSWER, "args": {"e164": "+14155552671"}}
    assert list(shown) == list(envelope([]))
    assert list(entry) == ["request_sid", "status", "message", "code", "result"]
    assert looked.is_delivered


def test_an_answer_with_an_error_tells_what_is_free(browser: Client, publisher: Publisher) -> None:
    version = make_draft(publisher, make_definition(pricing={"model": "per_use", "price": "0.01"}))
    pasted = '{"error": {"text": "no"}}'
    assert "Delivered and billed." in text(browser.post(url_of(version), {"answer": pasted}))
    ticks = {"answer": pasted, "ticked": "1", "unbilled": "$.error"}
    assert "not billed: $.error is present" in text(browser.post(url_of(version), ticks))


def test_what_the_draft_says_is_ticked_at_first(browser: Client, publisher: Publisher) -> None:
    definition = make_definition(
        remove=["$.args.apikey", "$..debug"],
        response_schema={"type": "object", "required": ["args"]},
        pricing={"model": "per_use", "price": "0.01", "unbilled_if_present": ["$.scores"]},
    )
    looked = browser.post(url_of(make_draft(publisher, definition)), {"answer": PASTED}).context["looked"]
    assert (looked.ticks.required, looked.ticks.removed) == ({"$.args"}, {"$.args.apikey"})
    assert looked.ticks.unbilled == {"$.scores"}
    assert looked.parts["remove"] == ["$..debug", "$.args.apikey"]


def test_use_writes_into_the_draft(browser: Client, draft: ListingVersion) -> None:
    ticks = {"required": "$.args.e164", "remove": "$.args.apikey", "unbilled": "$.scores"}
    write = {"write": ["response_schema", "remove", "pricing"], "use": "1", "ticked": "1"}
    answer = browser.post(url_of(draft), {"answer": PASTED, **ticks, **write})
    assert answer["Location"] == f"/publish/listings/{draft.listing.sid}/edit/response/"
    draft.refresh_from_db()
    assert draft.definition["remove"] == ["$.args.apikey"]
    assert draft.definition["pricing"] == {"model": "free", "unbilled_if_present": ["$.scores"]}
    assert draft.definition["response_schema"]["required"] == ["args"]
    assert draft.definition["request"] == make_definition()["request"]
    assert definition_faults(draft.definition) == []


def test_only_what_is_chosen_is_written(browser: Client, draft: ListingVersion) -> None:
    chosen = {"use": "1", "ticked": "1", "remove": "$.args", "unbilled": "$.args", "write": "pricing"}
    browser.post(url_of(draft), {"answer": PASTED, **chosen})
    draft.refresh_from_db()
    assert draft.definition.keys() == {*make_definition()}
    assert draft.definition["pricing"]["unbilled_if_present"] == ["$.args"]


def test_a_tick_for_a_place_that_is_not_there_is_ignored(browser: Client, draft: ListingVersion) -> None:
    ticks = {"ticked": "1", "remove": ["$", "$..*", "'; drop"], "required": "$.nothing"}
    looked = browser.post(url_of(draft), {"answer": PASTED, **ticks}).context["looked"]
    assert looked.parts["remove"] == []


def test_more_paths_than_a_definition_holds_are_refused(browser: Client, draft: ListingVersion) -> None:
    many = {f"a{index}": index for index in range(30)}
    ticks = {"ticked": "1", "remove": [f"$.{name}" for name in many]}
    assert "Tick fewer" in text(browser.post(url_of(draft), {"answer": json.dumps(many), **ticks}))


def test_an_answer_too_rich_for_a_schema_is_refused(browser: Client, draft: ListingVersion) -> None:
    many = json.dumps({f"a{index}": index for index in range(4_000)})
    assert "cannot be used" in text(browser.post(url_of(draft), {"answer": many}))


def test_a_submitted_version_is_looked_at_but_not_changed(browser: Client, draft: ListingVersion) -> None:
    ListingVersion.objects.filter(pk=draft.pk).update(status="submitted")
    assert "start a new version" in text(browser.post(url_of(draft), {"answer": PASTED}))
    use = {"answer": PASTED, "ticked": "1", "use": "1", "write": "remove"}
    assert "start a new version" in text(browser.post(url_of(draft), use))
    draft.refresh_from_db()
    assert draft.definition == make_definition()


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"pricing": 3, "remove": "x", "response_schema": []},
        {"remove": [1, "no path"], "pricing": {"model": 3}},
    ],
    ids=["empty", "wrong types", "wrong entries"],
)
def test_any_draft_takes_an_answer(browser: Client, publisher: Publisher, definition: Any) -> None:
    answer = browser.post(url_of(make_draft(publisher, definition)), {"answer": PASTED})
    assert answer.status_code == 200


def test_nul_and_scripts_in_an_answer_are_harmless(browser: Client, draft: ListingVersion) -> None:
    pasted = '{"<script>alert(1)</script>": "<b>", "a\\u0000b": "\\u0000"}'
    use = {"answer": pasted, "ticked": "1", "use": "1", "write": "response_schema"}
    answer = browser.post(url_of(draft), use)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


def test_the_page_is_the_publishers_alone(publisher: Publisher, draft: ListingVersion) -> None:
    stranger = console_of(make_user(make_account("Stranger")))
    assert stranger.get(url_of(draft)).status_code == stranger.post(url_of(draft)).status_code == 404
    assert is_sent_to_sign_in(url_of(draft))
    viewer = viewer_of(publisher.account)
    assert viewer.get(url_of(draft)).status_code == 200
    assert viewer.post(url_of(draft), {"answer": PASTED}).status_code == 403
