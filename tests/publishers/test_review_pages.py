"""A publisher's side of a review: the thread on the page of a version, and the comparison."""

from typing import Any

import pytest
from django.test import Client

from publishers import reviews
from publishers.models import Listing, ListingVersion, Publisher, ReviewComment
from publishers.reviews import MAX_COMMENTS, NotDiscussed, OperatorsRequest, TooManyComments
from publishers.versions import Role
from tests.factories import NOBODY, make_definition, make_listing, make_publisher, make_user
from tests.pages import console_of, is_sent_to_sign_in, queries, text, viewer_of
from tests.publishers.reviewing import decide, next_submitted, submitted


@pytest.fixture
def version(publisher: Publisher) -> ListingVersion:
    return submitted(publisher)


@pytest.fixture
def console(publisher: Publisher) -> Client:
    return console_of(make_user(publisher.account))


def path_of(version: ListingVersion, more: str = "") -> str:
    return f"/publish/listings/{version.listing.sid}/versions/{version.sid}/{more}"


def ask(version: ListingVersion, text: str = "Use POST.", **given: Any) -> ReviewComment:
    wanted: dict[str, Any] = {"section": "request", "role": Role.OPERATOR, "is_request": True, **given}
    return reviews.comment(version=version, text=text, actor=NOBODY, **wanted)


# --- The thread --------------------------------------------------------------------------------


def test_its_place_in_the_queue_is_told(
    console: Client, version: ListingVersion, publisher: Publisher
) -> None:
    second = submitted(publisher)
    assert "It is the next one in the queue" in text(console.get(path_of(version)))
    decided = decide(submitted(make_publisher()), "rejected")
    assert decided.status == "rejected"
    page = text(console.get(path_of(second)))
    assert "It is number 2 in the queue" in page
    assert "A review usually takes less than an hour." in page


def test_a_requested_change_is_answered_and_done(console: Client, version: ListingVersion) -> None:
    comment = ask(version)
    decide(version, "changes_requested", reason="See below.")
    page = text(console.get(path_of(version)))
    assert "1 requested change open" in page
    assert "Use POST." in page
    sent = {"section": "request", "text": "We do now.", "is_request": "true"}
    answer = console.post(path_of(version, "comments/"), sent)
    assert answer["Location"] == path_of(version, "#review")
    mine = version.comments.get(is_operators=False)
    assert (mine.text, mine.is_request) == ("We do now.", False)
    console.post(path_of(version, f"comments/{comment.sid}/"))
    comment.refresh_from_db()
    assert comment.resolved_at is not None
    assert "Done" in text(console.get(path_of(version)))


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"section": "request"},
        {"section": "x", "text": "y"},
        {"section": "request", "text": "a\0b"},
        {"section": "request", "text": "x" * 4001},
    ],
    ids=["nothing", "no text", "no section", "NUL", "long"],
)
def test_nonsense_is_refused_in_words(console: Client, version: ListingVersion, sent: dict[str, str]) -> None:
    answer = console.post(path_of(version, "comments/"), sent, follow=True)
    assert answer.status_code == 200
    assert "Invalid " in text(answer)
    assert not version.comments.exists()


def test_a_viewer_reads_but_does_not_write(version: ListingVersion, publisher: Publisher) -> None:
    comment = ask(version)
    viewer = viewer_of(publisher.account)
    page = viewer.get(path_of(version))
    assert "Use POST." in text(page)
    assert b"Write to the operators" not in page.content
    for path in ("comments/", f"comments/{comment.sid}/"):
        assert viewer.post(path_of(version, path), {"section": "request", "text": "x"}).status_code == 403
    assert version.comments.get().resolved_at is None


def test_anothers_review_does_not_exist(version: ListingVersion) -> None:
    comment = ask(version)
    stranger = console_of(make_user(make_publisher().account))
    assert stranger.get(path_of(version, "compare/")).status_code == 404
    for path in ("comments/", f"comments/{comment.sid}/"):
        assert stranger.post(path_of(version, path)).status_code == 404
    assert is_sent_to_sign_in(path_of(version, "compare/"))


def test_a_comment_of_another_version_is_not_found_under_this_one(
    console: Client, version: ListingVersion, publisher: Publisher
) -> None:
    other = ask(submitted(publisher))
    assert console.post(path_of(version, f"comments/{other.sid}/")).status_code == 404


def test_hostile_comments_are_harmless(console: Client, version: ListingVersion) -> None:
    ask(version, text="<script>alert(1)</script>{{ 7|add:7 }}")
    page = console.get(path_of(version)).content
    assert b"<script>alert(1)" not in page
    assert b"{{ 7|add:7 }}" in page


def test_more_comments_take_as_many_queries(console: Client, version: ListingVersion) -> None:
    ask(version)
    with_one = queries(console, path_of(version))
    ask(version, section="pricing")
    ask(version)
    assert queries(console, path_of(version)) == with_one


def test_nothing_is_said_of_what_is_not_under_review(version: ListingVersion) -> None:
    rejected = decide(version, "rejected")
    with pytest.raises(NotDiscussed):
        ask(rejected)


def test_only_operators_ask_for_changes_and_open_again(version: ListingVersion) -> None:
    with pytest.raises(OperatorsRequest):
        ask(version, role=Role.PUBLISHER)
    comment = ask(version)
    reviews.resolve(comment=comment, role=Role.PUBLISHER, actor=NOBODY)
    with pytest.raises(reviews.AlreadyResolved):
        reviews.resolve(comment=comment, role=Role.OPERATOR, actor=NOBODY)
    with pytest.raises(OperatorsRequest):
        reviews.reopen(comment=comment, role=Role.PUBLISHER, actor=NOBODY)


def test_a_thread_has_an_end(version: ListingVersion) -> None:
    rows = [ReviewComment(version=version, section="request", text="x", is_operators=True)] * MAX_COMMENTS
    ReviewComment.objects.bulk_create(
        [
            ReviewComment(version=each.version, section=each.section, text="x", is_operators=True)
            for each in rows
        ]
    )
    with pytest.raises(TooManyComments):
        ask(version)


# --- The comparison ----------------------------------------------------------------------------


def test_what_a_version_changes(console: Client, publisher: Publisher) -> None:
    listing = make_listing(publisher=publisher)
    version = next_submitted(listing, make_definition(pricing={"model": "per_use", "price": "0.01"}))
    page = text(console.get(path_of(version, "compare/")))
    assert "Compared with version 1. 1 difference. To look at: price up." in page
    assert "It costs 0.01 USD a use; it was free." in page
    first = listing.versions.get(number=1)
    other_way = text(console.get(path_of(first, f"compare/?with={version.sid}")))
    assert "It is free; it was 0.01 USD a use." in other_way


def test_the_first_version_has_nothing_before_it(console: Client, version: ListingVersion) -> None:
    page = text(console.get(path_of(version, "compare/")))
    assert "Nothing was published before it, so this is what it brings." in page


@pytest.mark.parametrize(
    "definition", [{}, {"request": 7, "pricing": [], "remove": {"a": 1}, "extensions": "x"}]
)
def test_a_draft_of_any_shape_is_compared(
    console: Client, publisher: Publisher, definition: dict[str, Any]
) -> None:
    listing = make_listing(publisher=publisher)
    draft = listing.versions.create(number=2, definition=definition)
    assert console.get(path_of(draft, "compare/")).status_code == 200


@pytest.mark.parametrize("wanted", ["XC" + "0" * 32, "nonsense", "%00"])
def test_a_version_to_compare_with_that_is_not_there(
    console: Client, version: ListingVersion, wanted: str
) -> None:
    assert console.get(path_of(version, f"compare/?with={wanted}")).status_code in {200, 404}


def test_a_version_of_another_listing_is_not_compared_with(console: Client, version: ListingVersion) -> None:
    other = make_listing().versions.get()
    assert console.get(path_of(version, f"compare/?with={other.sid}")).status_code == 404
    assert Listing.objects.count() == 2
