"""One of everything about a hostile listing: an attack in every text that can be stored."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils import timezone

from accounts import audit
from accounts.models import Account, User
from accounts.requests import Actor
from accounts.services import create_api_key
from conformance.models import BenchRun, ReceivedCallback
from conformance.suite.report import Exchange, Report, Result
from marketplace import number_services
from marketplace.models import InstalledAddOn
from operations.models import Examination, Process, RefusedAddress
from publishers import checklist, invitations, reviews
from publishers.checklist import Entry
from publishers.models import Listing, ListingVersion, Publisher, VersionMove
from publishers.versions import Role
from tests.deliveries.rows import make_attempt, make_delivery
from tests.factories import (
    make_account,
    make_bench_case,
    make_bench_run,
    make_definition,
    make_event,
    make_install,
    make_invocation,
    make_listing,
    make_listing_document,
    make_payload,
    make_publisher,
    make_recording,
    make_report,
    make_result,
    make_user,
)
from tests.hostile_texts import ATTACKS, WIDE, Texts

# --- What a publisher says -----------------------------------------------------------------------


def blocks() -> dict[str, Any]:
    """The listing's texts; links and colours too, which nobody could store."""
    texts = Texts()
    link = "javascript:canary(1)//https://evil.example"
    return {
        "module_info": {
            **{name: texts.one(400) for name in ("name", "short_description", "tagline", "provider_name")},
            **dict.fromkeys(("logo_url", "provider_web_url"), link),
            "logo_bg_color_hex": 'red" onload="canary(1)',
            "tag": texts.one(200),
        },
        "description": {
            "body": "\n\n".join(ATTACKS),
            "highlights": [{"title": texts.one(300), "description": texts.one()} for _ in range(3)],
            "code_samples": [{name: texts.one() for name in ("title", "description", "code")}],
        },
        "documentation": {"body": "# " + "\n\n- ".join(ATTACKS) + "\n\n" + WIDE},
        "policies": {"legal": f"{link}\n{texts.one()}", "privacy": link},
        "support": {
            **{f"{who}_email": texts.one(254) for who in ("customer_support", "billing", "technical")},
            **{f"{who}_phone": texts.one(40) for who in ("customer_support", "billing", "technical")},
            "support_description": texts.one(),
        },
        "configuration": {
            "buttons": [{"url": link, "label": texts.one(100), "help_text": texts.one(500)}],
            "notification_configuration": {"callback_url": link, "notification_events": [texts.one(60)]},
        },
        "pricing": {"body": texts.one()},
    }


def definition(**changes: Any) -> dict[str, Any]:
    """One that can be published, with an attack in every text that it may hold."""
    texts = Texts()
    words = {"name": texts.one(100), "title": texts.one(100), "description": texts.one(500)}
    told = {"_help": texts.one(100), "_error": texts.one(100)}
    named = {f"text{place}": {"type": "string", **words, **told} for place in range(3)}
    schema = {
        "type": "object",
        **words,
        "properties": {
            **named,
            "choice": {"type": "string", **words, "enum": list(ATTACKS[:12]), "default": ATTACKS[0]},
            "flag": {"type": "boolean", **words, **told},
            "slow": {"type": "string", "pattern": "^[a-z]{1,9}$", **words, **told},
        },
    }
    told_schema = {"type": "object", **words, "properties": dict.fromkeys(ATTACKS[:4], words)}
    constants = [{"name": f"x{place}", "value": text} for place, text in enumerate(ATTACKS[:4])]
    return make_definition(
        request={
            "method": "POST",
            "url": "https://service.example.com/facts",
            "query": [{"name": "number", "value": "{{primary_address}}", "required": True}],
            "body": {"kind": "json", "fields": [*constants, {"name": ATTACKS[0], "value": "{{choice}}"}]},
        },
        runtime_parameters=[{"name": "text", "description": texts.one(500)}],
        configuration_schema=schema,
        response_schema=told_schema,
        remove=["$['<script>canary(1)</script>']"],
        **changes,
    )


def wild_definition() -> dict[str, Any]:
    """A draft that could never be submitted: attacks as keys, as types and as paths."""
    texts = Texts()
    keys = {each: texts.one(200) for each in ATTACKS}
    wild = texts.of(definition())
    return {
        **wild,
        **keys,
        "extensions": list(ATTACKS),
        "remove": list(ATTACKS),
        "pricing": {"model": ATTACKS[0], "price": ATTACKS[3], "unbilled_if_present": list(ATTACKS), **keys},
        "auth": {"kind": ATTACKS[1], "token": ATTACKS[2]},
        "limits": keys,
    }


# --- Everything that pages show ------------------------------------------------------------------


class Scene:
    """One of everything about hostile listings, seen by its publisher, a developer and an operator."""

    def __init__(self, *, publisher: Account, developer: Account, operator: User) -> None:
        self.publisher, self.developer = publisher, developer
        self.owner = Publisher.objects.get(account=publisher)
        self.actor = Actor(user=make_user(publisher), credential="", ip_address="127.0.0.1")
        self.operator = Actor(user=operator, credential="", ip_address="127.0.0.1")
        self.live, self.installed = self._live()
        self.open = self._reviewed()
        self.draft = self._draft()
        self.suspended = self._other("suspended", "suspended")
        self.retired = self._other("retired", "retired")
        # Not in the catalogue.
        self.hidden = {self.draft.listing.sid, self.suspended.listing.sid}
        self.sids = self._of_account() | self._of_listing(self.live, self.open)
        self._for_operators()

    def worlds(self) -> Iterator[dict[str, str]]:
        """SIDs by kind, as in tests/config/test_tenancy.py: one set for each listing."""
        yield self.sids
        draft, older = self.draft, self.live.versions.order_by("number")[0]
        yield {**self.sids, "own XB": draft.listing.sid, "XC": draft.sid, **self._tested(draft)}
        yield {**self.sids, "XC": older.sid}
        for version in (self.suspended, self.retired):
            installed = InstalledAddOn.objects.get(install__listing=version.listing)
            switch = installed.switches.all()[0]
            theirs = {"own XB": version.listing.sid, "XE": installed.sid, "XF": switch.extension.sid}
            yield {**self.sids, **theirs, "XC": version.sid, **self._tested(version)}

    def _live(self) -> tuple[Listing, InstalledAddOn]:
        """Installed at its first version; the second one is published."""
        listing = make_listing(publisher=self.owner, definition=definition(), availability="ga")
        installed = make_install(
            self.developer,
            listing,
            configuration={"choice": ATTACKS[3], "text0": ATTACKS[1]},
            enabled=["lookup-api"],
        )
        required = {"type": "object", "required": [ATTACKS[0]]}
        second = definition(pricing={"model": "per_use", "price": "0.01", "currency": "USD"})
        second["configuration_schema"] |= {"required": ["text1", "choice"]}
        second["request_schema"] = required
        published = listing.versions.create(
            number=2,
            definition=second,
            status="published",
            notes=ATTACKS[0],
            date_published=timezone.now(),
        )
        other = make_listing(publisher=self.owner)
        texts = {"published_version": published, "replacement": other, "deprecated_until": date(2099, 1, 1)}
        Listing.objects.filter(pk=listing.pk).update(**texts, **blocks())
        listing.refresh_from_db()
        return listing, installed

    def _reviewed(self) -> ListingVersion:
        """The third version of it waits for an operator."""
        version = self.live.versions.create(
            number=3, definition=definition(extensions=["lookup-api", "sms-incoming"]), status="submitted"
        )
        for role, actor in ((Role.OPERATOR, self.operator), (Role.PUBLISHER, self.actor)):
            reviews.comment(
                version=version,
                section="request",
                text="A",
                role=role,
                actor=actor,
                is_request=role is Role.OPERATOR,
            )
        item = checklist.add(entry=Entry(text="A", help_text="B"), actor=self.operator)
        checklist.add(entry=Entry(text="C", help_text="D"), actor=self.operator)
        checklist.tick(version=version, item=item, actor=self.operator)
        move = {"from_status": "draft", "to_status": "submitted", "moved_by": self.actor.user}
        VersionMove.objects.create(version=version, reason="A", **move)
        return version

    def _draft(self) -> ListingVersion:
        document = make_listing_document()
        listing = Listing.objects.create(
            publisher=self.owner, unique_name=document["unique_name"], **blocks()
        )
        return listing.versions.create(number=1, definition=wild_definition())

    def _other(self, name: str, availability: str) -> ListingVersion:
        """Installed once, and no longer offered."""
        listing = make_listing(publisher=self.owner, definition=definition(), unique_name=f"hostile_{name}")
        make_install(self.developer, listing, configuration={"choice": ATTACKS[3]})
        Listing.objects.filter(pk=listing.pk).update(
            availability=availability, suspended_from="ga" if availability == "suspended" else "", **blocks()
        )
        return listing.versions.get()

    def _of_account(self) -> dict[str, str]:
        """What the developer's own pages show of it."""
        number = number_services.create_number(
            account=self.developer, phone_number="+14155550123", settings={}
        )
        number_services.assign(number=number, installed=self.installed)
        payload = make_payload(make_result(make_recording(self.developer)), json.dumps(ATTACKS).encode())
        step = {"name": ATTACKS[0], "ok": False, "lines": list(ATTACKS), "started_ms": 0, "duration_ms": 9}
        answer = json.dumps(dict.fromkeys(ATTACKS, WIDE)).encode()
        call = make_invocation(self.installed, trace=[step], answer=answer)
        delivery = make_delivery(self.developer, parameters=[["AddOns", ATTACKS[0]], [ATTACKS[1], WIDE]])
        make_attempt(delivery)
        notice = make_delivery(self.publisher, kind="module_install", parameters=[["A", ATTACKS[0]]])
        make_attempt(notice)
        key, _ = create_api_key(account=self.developer, friendly_name="A")
        return {
            "AC": self.publisher.sid,
            "XE": self.installed.sid,
            "XF": self.installed.switches.all()[0].extension.sid,
            "XR": call.sid,
            "XR of own XB": call.sid,
            "PN": number.sid,
            "NO": make_event(self.developer, number_sid=number.sid).sid,
            "DE": delivery.sid,
            "DE of module": notice.sid,
            "RE": payload.result.recording.sid,
            "XR of RE": payload.result.sid,
            "XH": payload.sid,
            "SK": key.sid,
        }

    def _of_listing(self, listing: Listing, version: ListingVersion) -> dict[str, str]:
        invitation = invitations.invite(listing=listing, account_sid=make_account().sid, actor=self.actor)
        return {
            "own XB": listing.sid,
            "XC": version.sid,
            "RC": version.comments.all()[0].sid,
            "PI": invitation.sid,
            **self._tested(version),
        }

    def _tested(self, version: ListingVersion) -> dict[str, str]:
        """A red report, a case and a run of it."""
        case = make_bench_case(
            version.listing, runtime={"text": ATTACKS[0]}, event={"primary_address": ATTACKS[0]}
        )
        case.configuration = {attack: attack for attack in ATTACKS}
        case.save()
        run = make_bench_run(version, case=case, as_expected=False, code=61004)
        _fill_run(run)
        report = make_report(version, verdict="red", failed=1, document=_report().as_json())
        return {"CR": report.sid, "TC": case.sid, "TR": run.sid}

    def _for_operators(self) -> None:
        texts = Texts()
        applied = make_publisher("applied")
        Publisher.objects.filter(pk=applied.pk).update(status="applied")
        declined = make_publisher("declined")
        Publisher.objects.filter(pk=declined.pk).update(status="declined")
        for _ in range(3):
            entry = audit.record(
                "listing.suspended",
                actor=self.operator,
                subject_sid=self.live.sid,
                subject=texts.one(160),
                account=self.publisher,
                before={attack: attack for attack in ATTACKS},
                after={"all": list(ATTACKS), "wide": WIDE},
                reason=texts.one(),
            )
        self.sids["AU"] = entry.sid
        now = timezone.now()
        RefusedAddress.objects.create(
            host="h", port=1, reason="r", publisher_sid=self.publisher.sid, times=1, first_at=now, last_at=now
        )
        paused = [{"version": self.open.sid, "words": texts.one(200), "at": now.isoformat()}]
        Process.objects.create(kind="worker", name="p", breakers=paused, started_at=now, seen_at=now)
        Examination.objects.create(found=list(ATTACKS), seconds=1)


def _fill_run(run: BenchRun) -> None:
    texts = Texts()
    run.document = {
        "input": {"event": {attack: attack for attack in ATTACKS}, "configuration": {"a": WIDE}},
        "request": [texts.one(2_000) for _ in range(5)],
        "base": texts.one(),
        "replies": [{"status": 200, "headers": list(ATTACKS), "text": texts.one(), "size": 300}],
        "steps": [
            {"name": attack, "ok": False, "lines": list(ATTACKS), "started_ms": 0, "duration_ms": 1}
            for attack in ATTACKS[:3]
        ],
        "envelope": {"status": ATTACKS[0], "results": {attack: {"result": WIDE} for attack in ATTACKS}},
        "message": texts.one(),
    }
    run.save()
    ReceivedCallback.objects.create(
        request_sid=run.request_sid, version=run.version, status=202, is_authentic=True
    )


def _report() -> Report:
    texts = Texts()
    exchange = Exchange(request=tuple(ATTACKS), response=(texts.one(2_000), WIDE[:2_000]), ms=9)
    outcomes = ("failed", "warned", "passed", "skipped")
    checks = tuple(
        Result(
            id=f"Y0{place}",
            area="sync",
            severity="fail",
            title=texts.one(200),
            outcome=outcome,  # type: ignore[arg-type]  # one of the four
            message=texts.one(1_000),
            why=texts.one(500),
            fix=texts.one(500),
            section="response",
            exchanges=(exchange,),
        )
        for place, outcome in enumerate(outcomes)
    )
    return Report(checks=checks, target=ATTACKS[0], total_ms=9, is_complete=True)
