"""The operators' queue: what waits, the oldest first, and what is to be looked at."""

from django.test import Client

from accounts.models import User
from publishers.models import ListingVersion, Publisher
from tests.factories import make_account, make_definition, make_listing, make_publisher, make_user
from tests.pages import console_of, is_sent_to_sign_in, queries, text
from tests.publishers.reviewing import decide, make_operator, next_submitted, submitted

QUEUE = "/operate/queue/"


def test_the_workspace_begins_with_the_queue(console: Client) -> None:
    answer = console.get("/operate/")
    assert (answer.status_code, answer["Location"]) == (302, QUEUE)


def test_strangers_sign_in_and_others_are_refused(db: None) -> None:
    assert is_sent_to_sign_in(QUEUE)
    for user in (make_user(), make_user(make_account())):
        assert console_of(user).get(QUEUE).status_code == 403


def test_without_anything_to_do_it_says_so(console: Client) -> None:
    assert "Nothing waits" in text(console.get(QUEUE))


def test_the_oldest_comes_first_and_a_draft_not_at_all(console: Client, publisher: Publisher) -> None:
    first, second = submitted(publisher), submitted(publisher)
    decide(first, "approved", publish_at_once=False)
    draft = submitted(publisher)
    ListingVersion.objects.filter(pk=draft.pk).update(status="draft")
    page = text(console.get(QUEUE))
    assert page.index(first.listing.name) < page.index(second.listing.name)
    assert "Approved, not published" in page
    assert draft.listing.name not in page


def test_what_is_to_be_looked_at_stands_beside_it(console: Client, publisher: Publisher) -> None:
    listing = make_listing(publisher=publisher)
    risky = make_definition(pricing={"model": "per_use", "price": "0.01"})
    next_submitted(listing, risky)
    page = text(console.get(QUEUE))
    assert "New version" in page
    assert "Price up" in page
    assert "New data leaves the account" not in page


def test_a_review_is_taken_and_found_again(console: Client, operator: User, version: ListingVersion) -> None:
    other = submitted(make_publisher())
    console.post(f"/operate/review/{version.sid}/", {"do": "take"})
    version.refresh_from_db()
    assert version.assigned_to == operator
    mine, nobodys = (text(console.get(f"{QUEUE}?show={show}")) for show in ("mine", "nobodys"))
    assert version.listing.name in mine and other.listing.name not in mine  # noqa: PT018 - one page
    assert other.listing.name in nobodys and version.listing.name not in nobodys  # noqa: PT018 - one page
    assert "None of these" in text(console_of(make_operator()).get(f"{QUEUE}?show=mine"))


def test_publishers_who_wait_are_mentioned(console: Client, publisher: Publisher) -> None:
    Publisher.objects.update(status="applied")
    assert "1 publisher waits for approval" in text(console.get(QUEUE))


def test_a_longer_queue_takes_as_many_queries(console: Client, version: ListingVersion) -> None:
    with_one = queries(console, QUEUE)
    for _ in range(2):
        submitted(make_publisher())
    assert queries(console, QUEUE) == with_one
