"""Rows for tests: a test states what it is about, these fill in the rest."""

import hashlib
import io
import wave
from datetime import timedelta
from itertools import count
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import Account, Membership, Role, User
from accounts.requests import Actor
from conformance.models import BenchCase, BenchRun
from marketplace import services
from marketplace.models import InstalledAddOn
from publishers import listing_files
from publishers.models import ContractReport, Listing, ListingVersion, Publisher
from recordings.models import Recording
from rest.sids import new_sid
from results.models import AddOnResult, Event, Invocation, Payload

_numbers = count(1)
NOBODY = Actor(user=None, credential="", ip_address="")
PASSWORD = "correct horse battery"


def make_account(name: str = "Acme") -> Account:
    return Account.objects.open(friendly_name=name)


def make_user(account: Account | None = None, *, role: str = Role.OWNER, **fields: Any) -> User:
    user = User.objects.create_user(f"user{next(_numbers)}@acme.example", PASSWORD, **fields)
    if account is not None:
        Membership.objects.create(user=user, account=account, role=role)
    return user


def make_publisher(slug: str | None = None) -> Publisher:
    slug = slug or f"publisher{next(_numbers)}"
    return Publisher.objects.create(
        account=make_account(slug.title()), slug=slug, name=slug.title(), status=Publisher.Status.APPROVED
    )


def make_report(version: ListingVersion, **changes: Any) -> ContractReport:
    """A green report of the contract tester about what the version says now."""
    values = {
        "version": version,
        "definition_sha256": version.definition_sha256,
        "status": ContractReport.Status.DONE,
        "verdict": ContractReport.Verdict.GREEN,
        "done": 40,
        "total": 40,
        "date_completed": timezone.now(),
    }
    return ContractReport.objects.create(**{**values, **changes})


def make_bench_case(listing: Listing, **changes: Any) -> BenchCase:
    """A lookup of an ordinary number, which is to be answered well."""
    values = {
        "listing": listing,
        "name": f"Case {next(_numbers)}",
        "extension": "lookup-api",
        "event": {"primary_address": "+14155550100"},
    }
    return BenchCase.objects.create(**{**values, **changes})


def make_bench_run(version: ListingVersion, **changes: Any) -> BenchRun:
    """A call of the test bench that was answered well."""
    values = {
        "version": version,
        "definition_sha256": version.definition_sha256,
        "extension": "lookup-api",
        "as_expected": True,
        "http_status": 200,
        "duration_ms": 34,
    }
    return BenchRun.objects.create(**{**values, **changes})


def make_definition(**changes: Any) -> dict[str, Any]:
    """A small valid definition: a phone-number add-on asked by GET."""
    return {
        "type": "phone-number",
        "extensions": ["lookup-api", "voice-incoming"],
        "request": {
            "method": "GET",
            "url": "https://service.example.com/facts",
            "query": [{"name": "number", "value": "{{primary_address}}", "required": True}],
        },
        "pricing": {"model": "free"},
        **changes,
    }


def make_listing_document(**changes: Any) -> dict[str, Any]:
    number = next(_numbers)
    return {
        "publisher": "acme",
        "unique_name": f"acme_facts{number}",
        "availability": "ga",
        "category": "Phone numbers",
        "module_info": {"name": f"Facts {number}", "short_description": "Facts about a number."},
        "policies": {"legal": "Be nice.", "privacy": "We keep nothing."},
        "definition": make_definition(),
        **changes,
    }


def make_listing(
    *, publisher: Publisher | None = None, credentials: dict[str, str] | None = None, **changes: Any
) -> Listing:
    """A published listing; `changes` go into its listing file."""
    document = make_listing_document(publisher=(publisher or make_publisher()).slug, **changes)
    stored = listing_files.store(document, credentials=credentials or {}, publish=True)
    return stored.listing


def make_install(
    account: Account | None = None, listing: Listing | None = None, **changes: Any
) -> InstalledAddOn:
    """An installed add-on with everything off, unless `enabled` names extension points."""
    wanted: dict[str, Any] = {"accept_terms": True, "configuration": {}, **changes}
    return services.install(
        account=account or make_account(),
        listing=listing or make_listing(),
        wanted=services.Wanted(**wanted),
        actor=NOBODY,
    )


def make_invocation(installed: InstalledAddOn, **changes: Any) -> Invocation:
    """A successful, free lookup of this installed add-on."""
    values = {
        "event_id": new_sid(""),
        "account": installed.account,
        "installed_add_on": installed,
        "version": installed.version,
        "extension": "lookup-api",
        "purpose": Invocation.Purpose.LIVE,
        "primary_address": "+14155552671",
        "status": Invocation.Status.SUCCESSFUL,
        "http_status": 200,
        "attempts": 1,
        "started_at": timezone.now(),
        "duration_ms": 34,
        "answer_bytes": 10,
        "answer": b'{"line_type": "mobile"}',
        "trace": [],
        "charge_micros": 0,
        "charge_reason": "Not billed: this add-on is free.",
    }
    return Invocation.objects.create(**{**values, **changes})


def make_event(account: Account, **changes: Any) -> Event:
    """That a webhook was not reached."""
    values = {
        "level": Event.Level.ERROR,
        "code": 11205,
        "text": "The webhook failed: The connection was not accepted.",
        "extension": "sms-incoming",
        "reference_sid": f"SM{'1' * 32}",
        "url_host": "hooks.acme.example",
        "event_id": new_sid(""),
    }
    return Event.objects.create(account=account, **{**values, **changes})


def make_audio(seconds: float = 2.0, *, channels: int = 1, rate: int = 8000) -> bytes:
    """A WAV file of silence, 16 bits a sample, as platforms make them."""
    file = io.BytesIO()
    with wave.open(file, "wb") as audio:
        audio.setnchannels(channels)
        audio.setsampwidth(2)
        audio.setframerate(rate)
        audio.writeframes(bytes(int(seconds * rate) * channels * 2))
    return file.getvalue()


def make_recording_definition(**changes: Any) -> dict[str, Any]:
    """A small valid definition of a recording add-on: the audio as one part of a form, two cents a minute."""
    fields = [
        {"name": "audio", "value": "{{audio_data}}"},
        {"name": "callback", "value": "{{callback_url}}"},
        {"name": "duration", "value": "{{duration}}"},
    ]
    return {
        "type": "recording-analysis",
        "extensions": ["recording-verb", "recording-api", "recording-conference", "recording-dial"],
        "request": {
            "method": "POST",
            "url": "https://service.example.com/transcripts",
            "body": {"kind": "multipart", "fields": fields},
        },
        "pricing": {"model": "per_minute", "price": "0.02", "currency": "USD"},
        **changes,
    }


def make_recording(
    account: Account | None = None, *, audio: bytes | None = None, **changes: Any
) -> Recording:
    """A recording of two seconds that is complete, made by the Record verb."""
    audio = make_audio() if audio is None else audio
    values = {
        "account": account or make_account(),
        "call_sid": f"CA{'1' * 32}",
        "source": Recording.Source.RECORD_VERB,
        "status": Recording.Status.COMPLETED,
        "duration_ms": 2000,
        "content_type": "audio/x-wav",
        "size": len(audio),
        "sha256": hashlib.sha256(audio).hexdigest(),
    }
    recording = Recording(**{**values, **changes})
    recording.audio.save("", ContentFile(audio), save=False)
    recording.save(force_insert=True)
    return recording


def make_result(recording: Recording, installed: InstalledAddOn | None = None, **changes: Any) -> AddOnResult:
    """A result whose publisher has accepted the recording; without an install, one of a new listing."""
    installed = installed or make_install(
        recording.account,
        make_listing(definition=make_recording_definition()),
        configuration={"callback_url": "https://acme.example/results"},
        enabled=["recording-verb"],
    )
    values = {
        "account": recording.account,
        "recording": recording,
        "installed_add_on": installed,
        "version": installed.version,
        "extension": "recording-verb",
        "event_id": new_sid(""),
        "purpose": "live",
        "status": "in-progress",
        "callback_digest": hashlib.sha256(new_sid("").encode()).hexdigest(),
        "accepted_at": timezone.now(),
        "deadline": timezone.now() + timedelta(minutes=1),
    }
    return AddOnResult.objects.create(**{**values, **changes})


def make_payload(result: AddOnResult, data: bytes = b'{"text": "hello"}', **changes: Any) -> Payload:
    """A payload of a result, with its file."""
    sid = new_sid("XH")
    values = {
        "sid": sid,
        "result": result,
        "label": sid,
        "content_type": "application/json",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    payload = Payload(**{**values, **changes})
    payload.data.save("", ContentFile(data), save=False)
    payload.save(force_insert=True)
    return payload
