"""The page of one review: what it shows, and each thing an operator can do there."""

import pytest
from django.core import mail
from django.test import Client

from accounts.models import AuditEntry, User
from publishers import checklist
from publishers.checklist import Entry
from publishers.models import ContractReport, Listing, ListingVersion, Publisher
from tests.factories import NOBODY, make_definition, make_listing, make_user
from tests.pages import console_of, is_sent_to_sign_in, queries, text
from tests.publishers.reviewing import make_operator, next_submitted, submitted


def url_of(version: ListingVersion) -> str:
    return f"/operate/review/{version.sid}/"


def decide(console: Client, version: ListingVersion, status: str, **given: str) -> int:
    answer = console.post(url_of(version), {"do": "decide", "status": status, **given})
    version.refresh_from_db()
    return answer.status_code


def test_strangers_sign_in_and_others_are_refused(version: ListingVersion, author: User) -> None:
    assert is_sent_to_sign_in(url_of(version))
    for method in ("get", "post"):
        assert getattr(console_of(author), method)(url_of(version)).status_code == 403


def test_a_draft_is_its_publishers_alone(console: Client, version: ListingVersion) -> None:
    ListingVersion.objects.update(status="draft")
    assert console.get(url_of(version)).status_code == 404
    assert console.get("/operate/review/XC" + "0" * 32 + "/").status_code == 404


def test_it_shows_what_changes_and_what_the_tester_said(console: Client, publisher: Publisher) -> None:
    listing = make_listing(publisher=publisher)
    moved = make_definition()
    moved["request"] = {**moved["request"], "url": "https://elsewhere.example/facts"}
    version = next_submitted(listing, moved)
    page = text(console.get(url_of(version)))
    assert "Compared with version 1" in page
    assert "To look at: another host." in page
    assert "Everything goes to elsewhere.example instead of service.example.com." in page
    assert "Contract report Passed" in page
    assert version.definition_sha256[:12] in page


def test_hostile_text_is_harmless(console: Client, publisher: Publisher) -> None:
    evil = "<script>alert(1)</script>"
    version = submitted(publisher, make_definition(response_schema={"title": evil, "required": [evil]}))
    Listing.objects.update(module_info={"name": evil, "short_description": evil})
    ListingVersion.objects.update(notes=evil)
    assert evil.encode() not in console.get(url_of(version)).content


def test_approving_publishes_as_the_publisher_wished(console: Client, version: ListingVersion) -> None:
    assert b"checked" in console.get(url_of(version)).content
    assert decide(console, version, "approved", publish_at_once="on", availability="beta") == 302
    listing = Listing.objects.get()
    assert (version.status, listing.availability, listing.published_version) == ("published", "beta", version)


def test_approving_and_publishing_can_be_two_steps(console: Client, version: ListingVersion) -> None:
    assert decide(console, version, "approved") == 302
    assert (version.status, Listing.objects.get().published_version) == ("approved", None)
    assert decide(console, version, "published") == 302
    assert (version.status, Listing.objects.get().availability) == ("published", "ga")


@pytest.mark.parametrize("status", ["changes_requested", "rejected"])
def test_turning_it_down_needs_a_reason(console: Client, version: ListingVersion, status: str) -> None:
    assert decide(console, version, status) == 400
    assert version.status == "submitted"
    assert decide(console, version, status, reason="Say more.") == 302
    assert (version.status, version.reason) == (status, "Say more.")


def test_what_was_typed_stays_when_it_is_refused(console: Client, version: ListingVersion) -> None:
    checklist.add(entry=Entry(text="Read the terms"), actor=NOBODY)
    answer = console.post(url_of(version), {"do": "decide", "status": "approved", "reason": "Well done."})
    assert answer.status_code == 400
    assert "the check list is not done: tick “Read the terms” first" in text(answer)
    assert "Well done." in text(answer)


@pytest.mark.parametrize(
    "given",
    [{}, {"do": "decide"}, {"do": "decide", "status": "draft"}, {"do": "decide", "status": "a\0b"}],
    ids=["nothing", "no status", "no decision", "NUL"],
)
def test_nonsense_decides_nothing(console: Client, version: ListingVersion, given: dict[str, str]) -> None:
    assert console.post(url_of(version), given).status_code in {302, 400}
    version.refresh_from_db()
    assert version.status == "submitted"


def test_the_author_looks_but_does_not_decide(version: ListingVersion, author: User) -> None:
    User.objects.filter(pk=author.pk).update(is_staff=True)
    own = console_of(User.objects.get(pk=author.pk))
    page = own.get(url_of(version))
    assert "another operator must decide" in text(page)
    assert b'value="approved"' not in page.content
    assert decide(own, version, "approved") == 400
    assert version.status == "submitted"


def test_the_owners_get_the_decision_by_mail(
    console: Client, version: ListingVersion, author: User, django_capture_on_commit_callbacks: object
) -> None:
    Publisher.objects.update(contact_email="hello@acme.example")
    make_user(version.listing.publisher.account, role="viewer")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        decide(console, version, "rejected", reason="It <b>does</b> nothing.")
    assert [message.to for message in mail.outbox] == [[author.email], ["hello@acme.example"]]
    assert mail.outbox[0].subject.endswith("version 1: rejected")
    assert "It <b>does</b> nothing." in mail.outbox[0].body


def test_a_change_is_asked_for_settled_and_opened_again(console: Client, version: ListingVersion) -> None:
    console.post(
        url_of(version), {"do": "comment", "section": "request", "text": "Use POST.", "is_request": "on"}
    )
    comment = version.comments.get()
    assert (comment.is_operators, comment.is_request, comment.resolved_at) == (True, True, None)
    assert "1 requested change open" in text(console.get(url_of(version)))
    for do, is_open in (("resolve", False), ("reopen", True)):
        console.post(url_of(version), {"do": do, "comment": comment.sid})
        comment.refresh_from_db()
        assert (comment.resolved_at is None) is is_open


@pytest.mark.parametrize(
    "given",
    [{"text": ""}, {"text": "x" * 4001}, {"section": "nonsense"}, {"text": "a\0b"}],
    ids=["empty", "long", "no section", "NUL"],
)
def test_a_comment_that_cannot_be_is_refused(
    console: Client, version: ListingVersion, given: dict[str, str]
) -> None:
    posted = {"do": "comment", "section": "request", "text": "Hm.", **given}
    assert console.post(url_of(version), posted).status_code == 400
    assert not version.comments.exists()


def test_a_comment_of_another_review_is_not_found(
    console: Client, version: ListingVersion, publisher: Publisher
) -> None:
    other = submitted(publisher).comments.create(section="request", text="x", is_operators=True)
    for do in ("resolve", "reopen"):
        assert console.post(url_of(version), {"do": do, "comment": other.sid}).status_code == 404


def test_ticks_are_kept_until_the_version_is_submitted_again(
    console: Client, version: ListingVersion, operator: User
) -> None:
    item = checklist.add(entry=Entry(text="Read the terms", help_text="All of them."), actor=NOBODY)
    for do, count in (("tick", 1), ("tick", 1), ("untick", 0), ("tick", 1)):
        console.post(url_of(version), {"do": do, "item": item.sid})
        assert version.ticks.count() == count
    assert version.ticks.get().ticked_by == operator
    page = text(console.get(url_of(version)))
    assert "1 of 1" in page
    assert decide(console, version, "approved") == 302


def test_the_tester_runs_again(console: Client, version: ListingVersion, operator: User) -> None:
    assert console.post(url_of(version), {"do": "run", "back": "#contract"})["Location"].endswith(
        "/#contract"
    )
    report = ContractReport.objects.order_by("-sid")[0]
    assert (report.is_operators, report.requested_by, report.version) == (True, operator, version)
    assert "checks are done" in text(console.get(url_of(version)))


def test_nobody_sends_the_browser_elsewhere(console: Client, version: ListingVersion) -> None:
    answer = console.post(url_of(version), {"do": "take", "back": "//evil.example"})
    assert answer["Location"] == url_of(version)


def test_a_decision_stands_in_the_audit_log(console: Client, version: ListingVersion, operator: User) -> None:
    decide(console, version, "approved", publish_at_once="on")
    entries = AuditEntry.objects.filter(subject_sid=version.sid).order_by("sid")
    assert [entry.action for entry in entries] == [
        "version.submitted",
        "version.approved",
        "version.published",
    ]
    last = entries[2]
    assert (last.actor, last.account_sid) == (operator.email, version.listing.publisher.account.sid)
    assert (last.before["status"], last.after) == ("approved", {"status": "published", "availability": "ga"})


def test_more_comments_take_as_many_queries(console: Client, version: ListingVersion) -> None:
    add = {"section": "request", "text": "x", "is_operators": True, "author": make_operator()}
    version.comments.create(**add)
    with_one = queries(console, url_of(version))
    for _ in range(2):
        version.comments.create(**{**add, "author": make_operator()})
    assert queries(console, url_of(version)) == with_one


def test_a_decided_version_says_how_it_ended(console: Client, version: ListingVersion) -> None:
    decide(console, version, "rejected", reason="No.")
    page = text(console.get(url_of(version)))
    assert "It is decided: rejected." in page
    answer = console.post(url_of(version), {"do": "take"}, follow=True)
    assert "is not reviewed by anybody" in text(answer)
