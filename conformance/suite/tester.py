"""What the checks share: the version compiled, made-up values, and the way to ask its service."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Final

from conformance.suite.checks import Skip
from conformance.suite.receiver import Receiver
from conformance.suite.recordings import measured, wav
from conformance.suite.report import Exchange
from conformance.suite.samples import (
    configuration_of,
    events_of,
    fits,
    recording_event,
    runtime_of,
    sources_of,
)
from conformance.suite.subject import Subject, made_up_sid
from conformance.suite.wiretap import Change, Wiretap, unchanged
from publishers.contract.audio import Audio
from publishers.contract.deadlines import now
from publishers.contract.definition import Definition, compiled, definition_faults
from publishers.contract.egress import Client
from publishers.contract.errors import ContractError
from publishers.contract.fields import Sources, collect
from publishers.contract.limits import DEADLINE_MS
from publishers.contract.points import POINTS
from publishers.contract.render import render
from publishers.contract.secret import Secret
from publishers.contract.send import Budget, Reply, send
from publishers.contract.templates import JSON
from schema_forms.schemas import Fault

DISPATCH_MS: Final = 10_000
"""Of one try to hand over a recording. Ours are small; the platform waits longer, for large ones."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question and what came of it. `reply` is None when it failed; then `error` says how."""

    sources: Sources
    reply: Reply | None
    error: ContractError | None
    status: int | None
    headers: Mapping[str, str]
    body: bytes
    ms: int
    exchanges: tuple[Exchange, ...]

    @property
    def was_sent(self) -> bool:
        """Whether the service was asked at all: the values fitted its definition."""
        return bool(self.exchanges)

    @property
    def told(self) -> str:
        """What came, in words."""
        if self.error is not None:
            return self.error.reason
        return f"HTTP {self.status} after {self.ms} ms."


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a question is asked when not as always. `at`: what the headers call the time of the request."""

    credentials: Mapping[str, Secret] | None = None
    token: Secret | None = None
    at: datetime | None = None
    change: Change = unchanged


AS_ALWAYS: Final = Manner()


@dataclass
class Tester:
    """One run. What several checks look at is asked once."""

    subject: Subject
    lane: Client
    receiver: Receiver | None
    offline: bool = False
    # Callback URLs at which nothing came in all the time there was: nobody waits there again.
    silent: set[str] = field(default_factory=set)
    _good: Asked | None = None
    _dispatched: dict[int, Asked] = field(default_factory=dict)

    @cached_property
    def faults(self) -> list[Fault]:
        """Everything that is wrong with the definition as a document."""
        return definition_faults(dict(self.subject.definition), allow_http_hosts=self.subject.allowed_hosts)

    @cached_property
    def definition(self) -> Definition:
        """As the service is asked. Raises Skip when the definition has faults."""
        document = self.subject.asked_definition
        if definition_faults(document, allow_http_hosts=self.subject.allowed_hosts):
            raise Skip("The definition has faults: mend the checks above first.")
        return compiled(document)

    @cached_property
    def configuration(self) -> dict[str, JSON]:
        """Settings that the schema accepts. Raises Skip."""
        try:
            return configuration_of(self.definition, self.subject.samples)
        except LookupError as error:
            raise Skip("No settings could be made up that fit the configuration schema: see S06.") from error

    @cached_property
    def point(self) -> str:
        """The extension point that is tried: the first one."""
        return self.definition.extensions[0]

    @property
    def is_sync(self) -> bool:
        return self.definition.is_sync

    def sync_only(self) -> None:
        """Raises Skip for an add-on that answers later."""
        if not self.is_sync:
            raise Skip("Recordings are answered later: see the checks N.")

    def async_only(self) -> None:
        """Raises Skip for an add-on that answers at once."""
        if self.is_sync:
            raise Skip("This add-on answers at once.")

    def sources(
        self,
        *,
        point: str = "",
        event: Mapping[str, JSON | Audio] | None = None,
        configuration: Mapping[str, JSON] | None = None,
    ) -> Sources:
        """A new invocation with made-up values, which the service is to answer well. Raises Skip."""
        point = point or self.point
        settings = self.configuration if configuration is None else configuration
        runtime = runtime_of(self.definition, self.subject.samples) if point == "lookup-api" else {}
        if not self.is_sync:
            return self.recording(settings=settings)
        events = [event] if event is not None else events_of(self.definition, point, self.subject.samples)
        made = [sources_of(point, each, settings, runtime) for each in events]
        if event is not None:
            return made[0]
        chosen = next((each for each in made if fits(self.definition, each)), None)
        if chosen is None:
            raise Skip("No event could be made up that fits the request schema: see S06.")
        return chosen

    def recording(
        self, content: bytes | None = None, *, settings: Mapping[str, JSON] | None = None
    ) -> Sources:
        """A new invocation about a recording; by default the one with one channel."""
        sound = content or self.subject.samples.audio or wav(channels=1)
        sid = made_up_sid("XR")
        event = {
            **recording_event(sound, callback_url=self.callback_url(sid)),
            **self.subject.samples.event,
        }
        made = sources_of(self.point, event, self.configuration if settings is None else settings, {})
        return replace(made, request_sid=sid)

    def callback_url(self, request_sid: str) -> str:
        """Where the result of a request is to be posted."""
        return self.receiver.url_for(request_sid) if self.receiver else ""

    def duration_ms(self) -> int:
        """Of the recording that is sent."""
        return measured(self.subject.samples.audio or wav(channels=1))[1]

    async def good(self) -> Asked:
        """The first question, as the platform asks it; every check looks at the same answer. Raises Skip."""
        if self._good is None:
            self._good = await self.ask(self.sources())
        return self._good

    async def answered(self) -> Asked:
        """The same, when it is an answer at all. Raises Skip."""
        asked = await self.good()
        if asked.status is None:
            raise Skip("The service gave no answer: see A01.")
        return asked

    async def well_answered(self) -> Asked:
        """The same, when it is a 2xx that was read to its end. Raises Skip."""
        asked = await self.good()
        if asked.reply is None:
            raise Skip("The service gave no good answer: see A01.")
        return asked

    async def dispatched(self, channels: int) -> Asked:
        """A recording with so many channels, handed over once."""
        if channels not in self._dispatched:
            asked = await (self.good() if channels == 1 else self.ask(self.recording(wav(channels=channels))))
            self._dispatched[channels] = asked
        return self._dispatched[channels]

    async def ask_all(self, questions: Sequence[Sources]) -> list[Asked]:
        """Several at once."""
        return list(await asyncio.gather(*[self.ask(each) for each in questions]))

    async def ask(self, sources: Sources, manner: Manner = AS_ALWAYS) -> Asked:
        """Ask once, without another try: what the platform would cover up is to be seen."""
        subject, definition, started = self.subject, self.definition, now()
        if manner.at is not None:
            sources = replace(sources, at=manner.at)
        credentials = subject.credentials if manner.credentials is None else manner.credentials
        try:
            fields = collect(definition, sources)
            request = render(definition, fields=fields, credentials=credentials, identity=subject.identity)
        except ContractError as error:
            return _unasked(sources, error)
        own = {name: Secret(str(fields.get(name))) for name in fields.secret if fields.get(name)}
        secrets = {**own, **subject.credentials, **credentials, "auth token": subject.auth_token}
        tap = Wiretap(
            self.lane,
            request=request,
            secrets=secrets,
            change=manner.change,
            only_origin=subject.origin if self.offline else "",
        )
        budget = Budget.starting_now(DEADLINE_MS if definition.is_sync else DISPATCH_MS)
        budget = budget._replace(pauses_ms=()).within(definition)
        reply, failure = None, None
        try:
            reply = await send(tap, request, token=manner.token or subject.auth_token, budget=budget)
        except ContractError as error:
            failure = error
        answer = tap.heard.answers[-1] if tap.heard.answers else None
        return Asked(
            sources=sources,
            reply=reply,
            error=failure,
            status=answer.status if answer else None,
            headers=answer.headers if answer else {},
            body=answer.body if answer else b"",
            ms=round((now() - started) * 1000),
            exchanges=tuple(tap.heard.exchanges),
        )


def _unasked(sources: Sources, error: ContractError) -> Asked:
    return Asked(
        sources=sources, reply=None, error=error, status=None, headers={}, body=b"", ms=0, exchanges=()
    )


def point_name(unique_name: str) -> str:
    """What people call an extension point."""
    return POINTS[unique_name].friendly_name
