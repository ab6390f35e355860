"""A review by REST: what a version changes, comments, and the check list."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from publishers import checklist
from publishers.checklist import Entry
from publishers.models import ListingVersion, Publisher, ReviewComment
from tests.conftest import api_of
from tests.factories import NOBODY, make_account, make_definition, make_listing, make_publisher
from tests.publishers.publishing import error_of, operator_api, update_version
from tests.publishers.reviewing import next_submitted, submitted


@pytest.fixture
def version(publisher: Publisher) -> ListingVersion:
    return submitted(publisher)


def path_of(version: ListingVersion, more: str = "") -> str:
    return f"/v1/Listing/{version.listing.sid}/Versions/{version.sid}/{more}"


def say(api: APIClient, version: ListingVersion, **given: str) -> Any:
    return api.post(path_of(version, "Comments"), {"Section": "request", "Text": "Use POST.", **given})


# --- Differences -------------------------------------------------------------------------------


def test_what_a_version_changes(api: APIClient, operator: APIClient, publisher: Publisher) -> None:
    listing = make_listing(publisher=publisher)
    first = listing.versions.get()
    version = next_submitted(listing, make_definition(pricing={"model": "per_use", "price": "0.01"}))
    answer = api.get(path_of(version, "Differences"))
    assert answer.json() == {
        "listing_sid": listing.sid,
        "version_sid": version.sid,
        "compared_with_sid": first.sid,
        "differences": [
            {
                "section": "pricing",
                "risk": "price",
                "level": "high",
                "sentence": "It costs 0.01 USD a use; it was free.",
                "before": "free",
                "after": "0.01 USD a use",
            }
        ],
    }
    assert operator.get(path_of(version, "Differences")).content == answer.content


def test_the_first_version_is_compared_with_nothing(api: APIClient, version: ListingVersion) -> None:
    body = api.get(path_of(version, "Differences")).json()
    assert body["compared_with_sid"] is None
    assert [each["risk"] for each in body["differences"]] == ["data"]


# --- Comments ----------------------------------------------------------------------------------


def test_an_operator_asks_and_the_publisher_marks_it_done(
    api: APIClient, operator: APIClient, version: ListingVersion
) -> None:
    asked = say(operator, version, Request="true")
    body = asked.json()
    assert asked.status_code == 201
    assert body == {
        "sid": body["sid"],
        "listing_sid": version.listing.sid,
        "version_sid": version.sid,
        "section": "request",
        "text": "Use POST.",
        "written_by": "operator",
        "request": True,
        "resolved": False,
        "date_resolved": None,
        "date_created": body["date_created"],
        "url": f"http://127.0.0.1:8000{path_of(version, 'Comments')}/{body['sid']}",
    }
    assert say(api, version, Text="Done.").json()["written_by"] == "publisher"
    path = path_of(version, f"Comments/{body['sid']}")
    assert api.post(path, {"Resolved": "true"}).json()["resolved"] is True
    assert error_of(api.post(path, {"Resolved": "true"}))[0] == 409
    assert error_of(api.post(path, {"Resolved": "false"}))[0] == 403
    assert operator.post(path, {"Resolved": "false"}).json()["resolved"] is False
    assert [row["text"] for row in api.get(path_of(version, "Comments")).json()["comments"]] == [
        "Done.",
        "Use POST.",
    ]
    assert api.get(path).json()["sid"] == body["sid"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Section": "nonsense"}, "Invalid Section: must be basics or request"),
        ({"Text": ""}, "Invalid Text: "),
        ({"Text": "x" * 4001}, "Invalid Text: must have at most 4000 characters"),
        ({"Text": "a\0b"}, "Invalid Text: "),
        ({"Request": "maybe"}, "Invalid Request: must be true or false"),
    ],
)
def test_a_comment_that_cannot_be_is_refused(
    operator: APIClient, version: ListingVersion, given: dict[str, str], message: str
) -> None:
    told, code, text = error_of(say(operator, version, **given))
    assert (told, code) == (400, 20001)
    assert text.startswith(message)
    assert not ReviewComment.objects.exists()


def test_a_publisher_asks_for_nothing(api: APIClient, version: ListingVersion) -> None:
    assert error_of(say(api, version, Request="true"))[0] == 403


def test_nothing_is_said_of_a_draft(api: APIClient, version: ListingVersion) -> None:
    ListingVersion.objects.update(status="draft")
    assert "is not under review" in error_of(say(api, version))[2]


def test_a_key_makes_a_comment_once(api: APIClient, version: ListingVersion) -> None:
    sent = {"Section": "request", "Text": "Hm."}
    path = path_of(version, "Comments")
    first, again = (api.post(path, sent, HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2))
    assert first.json() == again.json()
    assert ReviewComment.objects.count() == 1


def test_a_list_costs_the_same_queries_however_long_it_is(
    api: APIClient, version: ListingVersion, django_assert_num_queries: Any
) -> None:
    for count in (1, 2):
        version.comments.create(section="request", text="x", is_operators=True)
        with django_assert_num_queries(3):
            rows = api.get(path_of(version, "Comments")).json()["comments"]
        assert len(rows) == count


# --- The check list ----------------------------------------------------------------------------


def test_an_operator_ticks_and_then_approves(operator: APIClient, version: ListingVersion) -> None:
    item = checklist.add(entry=Entry(text="Terms"), actor=NOBODY)
    plain = {"listing_sid": version.listing.sid, "sid": version.sid}
    told, _, message = error_of(update_version(operator, plain, Status="approved"))
    assert (told, message) == (400, "Invalid Status: the check list is not done: tick “Terms” first")
    line = {
        "sid": item.sid,
        "text": "Terms",
        "explanation": "",
        "is_required": True,
        "ticked": False,
    }
    path = path_of(version, "Checklist")
    assert operator.get(path).json()["items"] == [line]
    assert operator.post(path, {"Item": item.sid}).json()["items"] == [{**line, "ticked": True}]
    assert operator.post(path, {"Item": item.sid, "Ticked": "false"}).json()["items"] == [line]
    operator.post(path, {"Item": item.sid})
    assert update_version(operator, plain, Status="approved").json()["status"] == "published"
    assert operator.post(path, {"Item": "CI" + "0" * 32}).status_code == 404


def test_the_check_list_is_for_operators(api: APIClient, version: ListingVersion) -> None:
    assert error_of(api.get(path_of(version, "Checklist")))[0] == 403
    assert error_of(api.post(path_of(version, "Checklist"), {"Item": "x"}))[0] == 403


# --- Whose it is -------------------------------------------------------------------------------


def test_anothers_review_does_not_exist(version: ListingVersion) -> None:
    comment = version.comments.create(section="request", text="x", is_operators=True)
    for stranger in (api_of(make_publisher().account), api_of(make_account())):
        for more in ("Differences", "Comments", f"Comments/{comment.sid}", "Checklist"):
            assert stranger.get(path_of(version, more)).status_code == 404
        assert say(stranger, version).status_code == 404
        assert (
            stranger.post(path_of(version, f"Comments/{comment.sid}"), {"Resolved": "true"}).status_code
            == 404
        )


def test_an_operators_key_of_the_publisher_reviews_nothing(
    publisher: Publisher, version: ListingVersion
) -> None:
    own = operator_api(publisher.account)
    assert error_of(say(own, version))[0] == 403
    assert error_of(own.post(path_of(version, "Checklist"), {"Item": "x"}))[0] == 403


def test_notes_and_the_wish_are_fixed_with_the_submission(api: APIClient, publisher: Publisher) -> None:
    listing = make_listing(publisher=publisher)
    draft = listing.versions.create(number=2, definition=make_definition())
    plain = {"listing_sid": listing.sid, "sid": draft.sid}
    body = update_version(api, plain, Notes="Quicker.", PublishOnApproval="false").json()
    assert (body["notes"], body["publish_on_approval"]) == ("Quicker.", False)
    assert update_version(api, plain, Notes="").json()["notes"] == ""
    ListingVersion.objects.filter(pk=draft.pk).update(status="submitted")
    for name, given in (("Notes", {"Notes": "x"}), ("PublishOnApproval", {"PublishOnApproval": "true"})):
        message = error_of(update_version(api, plain, **given))[2]
        assert message.startswith(f"Invalid {name}: a version never changes once submitted")
    assert error_of(update_version(operator_api(), plain, Notes="x"))[0] == 403
    assert error_of(update_version(api, plain, Notes="x" * 10_001))[0] == 400
