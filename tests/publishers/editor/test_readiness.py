"""What is missing before a submission: every section by itself, and the sentences of the gate."""

from typing import Any

import pytest

from publishers.editor.readiness import Judged, missing, secrets_named_in, sections_of
from publishers.models import ContractReport, Publisher
from tests.factories import make_publisher, make_report
from tests.publishers.editor.drafts import make_draft

pytestmark = pytest.mark.django_db
READY = "done"


def state(listing: Any, version: Any, slug: str) -> tuple[str, int]:
    section = next(each for each in sections_of(listing, version) if each.slug == slug)
    return section.state, len(section.missing)


def test_a_right_draft_with_a_green_report_misses_nothing() -> None:
    listing, version = make_draft()
    make_report(version)
    judged = Judged(listing, version)
    assert (judged.missing, judged.ready_count, judged.total_count) == ([], 9, 9)
    assert state(listing, version, "validation") == ("empty", 0)
    assert state(listing, version, "submit") == ("empty", 0)


def test_what_is_not_begun_is_missing_and_not_wrong() -> None:
    listing, version = make_draft()
    version.definition = {}
    assert state(listing, version, "request") == ("empty", 1)
    assert state(listing, version, "pricing") == ("empty", 1)


def test_a_fault_stands_in_its_section_with_its_place() -> None:
    listing, version = make_draft(request={"method": "GET", "url": "ftp://x.example"})
    found = [each for each in missing(listing, version) if each.section == "request"]
    assert [each.sentence.split(": ")[0] for each in found] == ["request › url"]
    assert state(listing, version, "request")[0] == "wrong"


def test_a_block_with_a_fault_is_missing_in_its_section() -> None:
    listing, version = make_draft()
    listing.support = {"fax": "1"}
    assert "fax: Remove this" in str(missing(listing, version))
    assert state(listing, version, "policies") == ("wrong", 1)


def test_a_secret_that_is_named_and_not_held_is_missing() -> None:
    listing, version = make_draft(auth={"kind": "bearer", "token": "api_token"})
    assert "api_token: Give the secret" in str(missing(listing, version))
    listing.credentials = {"api_token": "x"}
    assert state(listing, version, "credentials") == ("done", 0)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"verdict": ContractReport.Verdict.RED, "failed": 2}, ("wrong", 1)),
        ({"verdict": ContractReport.Verdict.AMBER}, ("done", 0)),
        ({"definition_sha256": "0" * 64}, ("empty", 1)),
        ({"status": ContractReport.Status.RUNNING}, ("empty", 1)),
    ],
)
def test_the_newest_finished_report_on_what_it_says_now_counts(changes: Any, expected: Any) -> None:
    listing, version = make_draft()
    make_report(version, **changes)
    assert state(listing, version, "test") == expected


def test_a_publisher_that_is_not_approved_is_told_so() -> None:
    publisher = make_publisher()
    Publisher.objects.filter(pk=publisher.pk).update(status=Publisher.Status.APPLIED)
    publisher.refresh_from_db()
    listing, version = make_draft(publisher)
    assert state(listing, version, "submit")[1] == 1


def test_a_listing_without_a_version_has_nothing_begun() -> None:
    listing, version = make_draft()
    version.delete()
    assert state(listing, None, "request") == ("empty", 1)


@pytest.mark.parametrize(
    "definition", [{"auth": 5, "request": []}, {"request": {"query": [5, {"credential": 1}]}}]
)
def test_secrets_are_found_in_anything(definition: Any) -> None:
    assert secrets_named_in(definition) == frozenset()


@pytest.mark.parametrize("definition", [5, [], "x", {"type": []}, {"request": {"body": 5}, "auth": "x"}])
def test_anything_can_be_judged(definition: Any) -> None:
    listing, version = make_draft()
    version.definition = definition
    assert missing(listing, version)
