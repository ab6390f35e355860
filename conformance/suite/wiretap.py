"""A publisher's lane that keeps what goes over it: every request and answer as the report shows them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from conformance.suite.report import Exchange, bounded
from conformance.suite.subject import origin_of
from publishers.contract.deadlines import now
from publishers.contract.egress import Answer, Client
from publishers.contract.errors import AddressNotAllowed, ContractError
from publishers.contract.rendered import RenderedRequest
from publishers.contract.secret import MASK, Secret
from publishers.contract.signing import SignedRequest

Change = Callable[[SignedRequest], SignedRequest]

# The body of a refusal says what is wrong: wanted here, though the platform itself never reads it.
EVERY_STATUS: Final = range(200, 600)
_MAX_BODY_CHARACTERS: Final = 4_000
_MAX_HEADERS: Final = 30
# A shorter secret would mask half of every answer.
_SHORTEST_MASKED: Final = 4


def unchanged(request: SignedRequest) -> SignedRequest:
    """As the platform sends it."""
    return request


@dataclass
class Heard:
    """What went over the wire for one question."""

    exchanges: list[Exchange] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)


class Wiretap(Client):
    """Sends through another client, and listens. For one question."""

    def __init__(
        self,
        lane: Client,
        *,
        request: RenderedRequest,
        secrets: Mapping[str, Secret],
        change: Change = unchanged,
        only_origin: str = "",
    ) -> None:
        """No `super().__init__`: it makes no connections of its own. `only_origin`: where alone it may go."""
        self.heard = Heard()
        self._lane, self._request, self._change = lane, request, change
        self._only_origin = only_origin
        self._secrets = [each.reveal() for each in secrets.values()]

    async def exchange(self, request: SignedRequest, **options: Any) -> Answer:
        """As `Client.exchange`; the bodies of all answers are read."""
        sent, started = self._change(request), now()
        try:
            self._refuse_elsewhere(sent)
            answer = await self._lane.exchange(sent, **{**options, "read": EVERY_STATUS})
        except ContractError as error:
            self._note(sent, [f"No answer: {error.reason}"], started)
            raise
        except BaseException:
            self._note(sent, ["No answer: it was not waited for any longer."], started)
            raise
        self.heard.answers.append(answer)
        self._note(sent, self._told(answer), started)
        return answer

    def _refuse_elsewhere(self, request: SignedRequest) -> None:
        if self._only_origin and origin_of(request.url) != self._only_origin:
            raise AddressNotAllowed("Offline: a redirect to another place is not followed.")

    def _note(self, request: SignedRequest, answer: list[str], started: float) -> None:
        is_first = not self.heard.exchanges
        lines = list(self._request.shown) if is_first else [f"{request.method} {request.redacted_url}"]
        lines += [f"{name}: {value}" for name, value in request.headers if name == "X-Twilio-Signature"]
        took = round((now() - started) * 1000)
        self.heard.exchanges.append(Exchange(request=bounded(lines), response=bounded(answer), ms=took))

    def _told(self, answer: Answer) -> list[str]:
        """The answer line by line. A service may repeat our secrets: they are masked."""
        headers = list(answer.headers.items())
        lines = [f"HTTP {answer.status}", *(f"{name}: {value}" for name, value in headers[:_MAX_HEADERS])]
        if answer.body:
            text = answer.body[:_MAX_BODY_CHARACTERS].decode("utf-8", "replace")
            lines += ["", *text.splitlines()]
        if len(answer.body) > _MAX_BODY_CHARACTERS:
            lines.append(f"… {len(answer.body):,} bytes in all")
        return [self._masked(line) for line in lines]

    def _masked(self, line: str) -> str:
        for secret in self._secrets:
            if len(secret) >= _SHORTEST_MASKED:
                line = line.replace(secret, MASK)
        return _printable(line)


def _printable(text: str) -> str:
    """Without what no database and no terminal takes: NUL, control characters, halves of characters."""
    return "".join(
        character if character.isprintable() or character in "\t\n" else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )
