"""What ends by itself: late results, those nobody waits for, those whose reader died."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from deliveries.models import Delivery
from marketplace.models import InstalledAddOn
from publishers.models import Listing
from recordings.models import Recording
from results import settling, sweeping
from results.models import AddOnResult, Invocation, Payload
from tests.factories import make_payload
from tests.results.calling_back import make_awaited

PAST = timezone.now() - timedelta(seconds=1)


def test_a_late_result_fails_unbilled_and_its_account_is_told(db: None) -> None:
    awaited, early = make_awaited(deadline=PAST), make_awaited()
    assert sweeping.sweep().late == 1
    result = awaited.now()
    assert (result.status, result.code) == ("failed", 61001)
    assert result.reason.startswith("The publisher did not call back by 20")
    assert awaited.invocation.counts_in_service_level
    assert Delivery.objects.get().reference_sid == awaited.result.sid
    assert early.status == "in-progress"
    assert sweeping.sweep().late == 0


def test_one_that_is_being_read_came_in_time(db: None) -> None:
    awaited = make_awaited()
    settling.processing(awaited.result)
    AddOnResult.objects.update(deadline=PAST)
    assert sweeping.sweep() == sweeping.Swept(late=0, canceled=0, given_back=0, deleted=0)
    assert awaited.status == "processing"


@pytest.mark.parametrize("lease", [timedelta(seconds=-1), timedelta(days=1)])
def test_what_a_dead_reader_left_may_be_sent_again(db: None, lease: timedelta) -> None:
    awaited = make_awaited()
    settling.processing(awaited.result)
    AddOnResult.objects.update(leased_until=timezone.now() + lease, deadline=PAST)
    assert sweeping.sweep().given_back == 1
    assert awaited.status == "in-progress"
    assert AddOnResult.objects.filter(deadline__gt=timezone.now() + timedelta(seconds=50)).exists()
    assert awaited.post().status_code == 202


def test_a_callback_over_which_everybody_dies_ends_with_its_deadline(db: None) -> None:
    awaited = make_awaited()
    settling.processing(awaited.result)
    AddOnResult.objects.update(leased_until=PAST, deadline=PAST, tries=sweeping.MOST_READERS)
    sweeping.sweep()
    assert (awaited.status, awaited.now().code) == ("failed", 61001)


@pytest.mark.parametrize("status", ["init", "queued", "in-progress"])
@pytest.mark.parametrize("why", ["uninstalled", "deleted", "suspended"])
def test_what_nobody_waits_for_is_canceled(db: None, status: str, why: str) -> None:
    awaited, other = make_awaited(status=status), make_awaited()
    if why == "uninstalled":
        InstalledAddOn.objects.filter(pk=awaited.result.installed_add_on_id).update(removed_at=timezone.now())
    elif why == "suspended":
        Listing.objects.filter(pk=awaited.result.version.listing_id).update(availability="suspended")
    else:
        Recording.objects.filter(pk=awaited.result.recording_id).update(status="deleted")
    assert sweeping.sweep().canceled == 1
    assert why in awaited.now().reason
    assert Invocation.objects.get().message == "Canceled"
    assert not Delivery.objects.exists()
    assert other.status == "in-progress"


def test_one_that_is_being_read_is_finished_although_its_add_on_was_uninstalled(db: None) -> None:
    awaited = make_awaited()
    settling.processing(awaited.result)
    InstalledAddOn.objects.update(removed_at=timezone.now())
    assert sweeping.sweep().canceled == 0
    assert awaited.status == "processing"


def test_results_of_a_deleted_recording_go_with_it(db: None, django_capture_on_commit_callbacks: Any) -> None:
    awaited, other = make_awaited(status="completed"), make_awaited(status="completed")
    for each in (awaited, other):
        make_payload(each.result)
    Recording.objects.filter(pk=awaited.result.recording_id).update(
        status="deleted", date_updated=timezone.now()
    )
    with django_capture_on_commit_callbacks(execute=True):
        assert sweeping.sweep().deleted == 1
    assert (awaited.status, other.status) == ("deleted", "completed")
    assert Payload.objects.get().result == other.result


def test_a_round_has_an_end(db: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(sweeping, "MOST_AT_ONCE", 2)
    for _ in range(3):
        make_awaited(deadline=PAST)
    assert [sweeping.sweep().late for _ in range(3)] == [2, 1, 0]


def test_one_that_cannot_be_settled_keeps_no_other_from_its_turn(db: None, monkeypatch: Any) -> None:
    poison, other = make_awaited(deadline=PAST), make_awaited(deadline=PAST)
    fail = settling.fail

    def fails_once(result: AddOnResult, **options: Any) -> bool:
        if result == poison.result:
            raise RuntimeError("a bug")
        return fail(result, **options)

    monkeypatch.setattr(settling, "fail", fails_once)
    assert sweeping.sweep().late == 1
    assert (poison.status, other.status) == ("in-progress", "failed")


def test_a_database_that_is_gone_ends_the_round(db: None, monkeypatch: Any) -> None:
    make_awaited(deadline=PAST)

    def gone(*_: Any, **__: Any) -> bool:
        raise OperationalError("the database is gone")

    monkeypatch.setattr(settling, "fail", gone)
    with pytest.raises(OperationalError):
        sweeping.sweep()


def test_a_round_with_nothing_to_do_asks_little(db: None, django_assert_max_num_queries: Any) -> None:
    make_awaited()
    with django_assert_max_num_queries(7):
        sweeping.sweep()
