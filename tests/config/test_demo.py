"""The demo's data."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Account, User
from config import demo, demo_review
from config.demo_processes import SERVICES
from config.demo_recordings import TRANSCRIPT, messages
from deliveries.models import Delivery
from marketplace import number_services
from marketplace import services as marketplace
from marketplace.models import AssignedAddOn, IncomingPhoneNumber, InstalledAddOn
from publishers.models import ContractReport, Listing, ListingVersion
from recordings import services as recordings
from recordings.models import Recording
from results.notices import owe_notice
from results.result_models import AddOnResult
from tests.factories import (
    make_account,
    make_event,
    make_install,
    make_invocation,
    make_payload,
    make_recording,
    make_result,
)


@pytest.fixture(autouse=True)
def demo_mode(db: None, settings: Any, tmp_path: Path) -> None:
    settings.DEMO = True
    settings.VAR_DIR = tmp_path


COUNTED = (User, Account, Listing, ListingVersion, InstalledAddOn, IncomingPhoneNumber)


def counts() -> list[int]:
    return [model.objects.count() for model in COUNTED]


def test_loading_twice_is_loading_once() -> None:
    demo.load(port=8000)
    first, facts = counts(), demo.known()
    demo.load(port=8000)
    assert (counts(), demo.known()) == (first, facts)


def test_the_file_holds_what_scripts_need() -> None:
    demo.load(port=8000)
    facts = demo.known()
    assert list(facts) == [
        "base_url",
        "account_sid",
        "auth_token",
        "api_key",
        "operator_api_key",
        "publisher",
        "logins",
        "definitions",
        "publishers",
        "webhook",
    ]
    user = User.objects.get(email=facts["logins"]["developer"]["email"])
    assert user.check_password(facts["logins"]["developer"]["password"])
    assert facts["publishers"]["vanity_words"] == "http://127.0.0.1:8002"


def test_a_lost_file_brings_new_keys_and_no_second_operations_account() -> None:
    demo.load(port=8000)
    accounts, lost = Account.objects.count(), demo.known()
    demo.demo_file().unlink()
    demo.load(port=8000)
    assert Account.objects.count() == accounts
    assert demo.known()["operator_api_key"] != lost["operator_api_key"]


def switched_on(unique_name: str) -> list[str]:
    installed = InstalledAddOn.objects.get(unique_name=unique_name)
    return [each.extension.unique_name for each in installed.switches.filter(enabled=True)]


def test_two_add_ons_are_ready_and_the_others_wait_to_be_installed() -> None:
    demo.load(port=8000)
    assert InstalledAddOn.objects.count() == 2
    assert switched_on(demo.READY_TO_RUN) == ["lookup-api"]
    assert switched_on(TRANSCRIPT) == ["recording-verb"]
    assert Listing.objects.in_api().count() == len(SERVICES)


def test_an_uninstalled_add_on_does_not_come_back() -> None:
    demo.load(port=8000)
    InstalledAddOn.objects.update(removed_at="2026-01-01T00:00:00Z")
    demo.load(port=8000)
    assert not InstalledAddOn.objects.live().exists()


def test_the_developer_has_two_numbers_and_a_removed_one_does_not_come_back() -> None:
    demo.load(port=8000)
    numbers = IncomingPhoneNumber.objects.filter(account__sid=demo.known()["account_sid"])
    assert dict(numbers.values_list("phone_number", "friendly_name")) == demo.NUMBERS
    number_services.delete_number(number=numbers[0])
    demo.load(port=8000)
    assert numbers.count() == 1


def test_reset_removes_a_number_with_its_assignments() -> None:
    demo.load(port=8000)
    installed, number = InstalledAddOn.objects.all()[0], IncomingPhoneNumber.objects.all()[0]
    AssignedAddOn.objects.create(number=number, installed_add_on=installed)
    demo.reset()
    assert not AssignedAddOn.objects.exists()


def test_another_port_publishes_versions_that_the_installs_follow() -> None:
    demo.load(port=8000)
    demo.load(port=9000)
    installed = InstalledAddOn.objects.with_listing().get(unique_name=demo.READY_TO_RUN)
    assert installed.version == installed.listing.published_version
    assert installed.version.definition["request"]["url"].startswith("http://127.0.0.1:9001/")


def results_url() -> Any:
    return InstalledAddOn.objects.get(unique_name=TRANSCRIPT).configuration["callback_url"]


def test_the_results_url_follows_the_demos_webhook_and_stays_when_it_is_the_developers_own() -> None:
    demo.load(port=8000)
    assert results_url() == "http://127.0.0.1:8005/notices"
    demo.load(port=9000)
    assert results_url() == "http://127.0.0.1:9005/notices"
    installed = InstalledAddOn.objects.get(unique_name=TRANSCRIPT)
    own = {**installed.configuration, "callback_url": "https://developer.example/notices"}
    marketplace.update(installed=installed, actor=demo.BY_THE_DEMO, configuration=own)
    demo.load(port=8000)
    assert results_url() == "https://developer.example/notices"


def test_three_messages_are_stored_and_owed_to_the_add_on() -> None:
    demo.load(port=8000)
    assert Recording.objects.count() == len(messages())
    assert {recording.content_type for recording in Recording.objects.all()} == {"audio/x-wav"}
    assert min(recording.duration_ms for recording in Recording.objects.all()) > 3000
    owed = AddOnResult.objects.filter(status="init", due_at__isnull=False, purpose="demo")
    assert owed.count() == len(messages())


def test_messages_that_were_deleted_do_not_come_back() -> None:
    demo.load(port=8000)
    for recording in Recording.objects.all():
        recordings.delete(recording)
    demo.load(port=8000)
    assert not Recording.objects.kept().exists()


def test_reset_removes_the_files_of_recordings_and_no_others(
    django_capture_on_commit_callbacks: Any,
) -> None:
    demo.load(port=8000)
    kept = make_payload(make_result(make_recording()))
    recording = Recording.objects.exclude(pk=kept.result.recording_id)[0]
    payload = make_payload(AddOnResult.objects.get(recording=recording))
    owe_notice(payload.result)
    files = [recording.audio, payload.data]
    storage = recording.audio.storage
    assert all(storage.exists(file.name) for file in files)
    with django_capture_on_commit_callbacks(execute=True):
        demo.reset()
    assert not [file.name for file in files if storage.exists(file.name)]
    assert storage.exists(kept.data.name)
    assert not Delivery.objects.exists()
    assert list(AddOnResult.objects.all()) == [kept.result]


def test_a_changed_password_is_replaced_by_one_the_file_knows() -> None:
    demo.load(port=8000)
    user = User.objects.get(email=demo.PEOPLE["developer"])
    user.set_password("something else")
    user.save()
    demo.load(port=8000)
    user.refresh_from_db()
    assert user.check_password(demo.known()["logins"]["developer"]["password"])


def test_reset_removes_exactly_the_demo() -> None:
    account = make_account("Kept")
    kept = make_install(account)
    before = counts()
    demo.load(port=8000)
    make_event(Account.objects.get(sid=demo.known()["account_sid"]))
    make_invocation(InstalledAddOn.objects.exclude(pk=kept.pk)[0])
    assert demo.reset() == 3
    assert counts() == before
    assert InstalledAddOn.objects.get() == kept
    assert not demo.demo_file().exists()


def test_reset_refuses_while_others_use_the_demos_add_ons() -> None:
    demo.load(port=8000)
    make_install(make_account(), Listing.objects.with_publisher().get(unique_name="northwind_anagram"))
    with pytest.raises(CommandError, match="Another account uses an add-on of the demo"):
        call_command("demo", "reset")
    assert demo.is_loaded()


def test_the_demo_is_never_mixed_into_other_data(capsys: pytest.CaptureFixture[str]) -> None:
    make_account()
    call_command("demo", "load")
    assert not demo.is_loaded()
    assert capsys.readouterr().out == "This database holds other data: the demo is left out.\n"


def test_the_demo_is_loaded_only_in_demo_mode(settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="only where DEMO=true"):
        call_command("demo", "load")
    assert not demo.is_loaded()


def test_a_database_of_other_keys_is_told_and_kept(settings: Any) -> None:
    demo.load(port=8000)
    settings.FIELD_KEYS = "k1:" + b64encode(b"x" * 32).decode()
    with pytest.raises(CommandError, match="This database was written with other keys"):
        call_command("demo", "load")


# --- The version that waits for an operator --------------------------------------------------


def a_next_version(**changes: Any) -> ListingVersion:
    """A draft of Echo Mirror that its publisher is writing."""
    listing = Listing.objects.get(unique_name=demo_review.LISTING)
    published = listing.published_version
    assert published is not None
    return listing.versions.create(number=2, definition={**published.definition, "remove": []}, **changes)


def test_loading_again_leaves_a_draft_as_its_publisher_wrote_it() -> None:
    demo.load(port=8000)
    draft = a_next_version()
    demo.load(port=8000)
    draft.refresh_from_db()
    assert (draft.status, draft.definition["remove"]) == ("draft", [])


def test_services_that_moved_withdraw_what_waits_for_an_operator() -> None:
    demo.load(port=8000)
    waiting = a_next_version(status="submitted")
    demo.load(port=9000)
    waiting.refresh_from_db()
    assert waiting.status == "withdrawn"
    published = Listing.objects.get(pk=waiting.listing_id).published_version
    assert published
    assert published.definition["request"]["url"] == "http://127.0.0.1:9006/v1/echo"


def test_nothing_is_offered_for_review_where_somebody_has_made_a_version() -> None:
    demo.load(port=8000)
    a_next_version()
    assert not demo_review.offer()
    assert not ContractReport.objects.exists()


def test_what_the_tester_does_not_pass_stays_a_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker runs here, so its report does not end."""
    monkeypatch.setattr(demo_review, "TESTER_SECONDS", 0)
    demo.load(port=8000)
    assert not demo_review.offer()
    assert ListingVersion.objects.get(number=2).status == "draft"
