"""The error dictionary: each code an event may have, what causes it and what mends it.

Codes and titles are the platform's own (contract 9.4); the help page prints this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from publishers.contract.errors import (
    BadRequest,
    BodyTooLarge,
    CannotRender,
    ContractError,
    NoResults,
    RequirementsNotMet,
    TimedOut,
    TooManyRedirects,
    Unexpected,
    VendorFailed,
)
from publishers.contract.limits import (
    DEADLINE_MS,
    MAX_REDIRECTS,
    MAX_WEBHOOK_RESPONSE_BYTES,
    WEBHOOK_DEADLINE_MS,
)

WEBHOOK_USES_GET: Final = 61006
RETRIEVAL_FAILED: Final = 11200
NOT_CONNECTED: Final = 11205


@dataclass(frozen=True, kw_only=True)
class Code:
    """One kind of trouble. `counts_against_publisher`: whether it lowers the add-on's service level."""

    code: int
    level: Literal["error", "warning"]
    title: str
    cause: str
    mend: str
    counts_against_publisher: bool = False


def _of_add_on(kind: type[ContractError], cause: str, mend: str) -> Code:
    return Code(
        code=kind.code,
        level=kind.level,
        title=kind.message,
        cause=cause,
        mend=mend,
        counts_against_publisher=kind.counts_against_publisher,
    )


_TELL_THE_PUBLISHER: Final = "Tell the add-on’s publisher: its service has to be mended. You pay nothing."
_ALL: Final = (
    Code(
        code=RETRIEVAL_FAILED,
        level="error",
        title="HTTP retrieval failure",
        cause=(
            "The webhook, the task router, or the callback that is told of a result, gave no answer that can"
            f" be used: a status of 400 or above, more than {MAX_REDIRECTS} redirects, more than"
            f" {MAX_WEBHOOK_RESPONSE_BYTES} bytes, nothing complete within {WEBHOOK_DEADLINE_MS // 1000}"
            " seconds, or its address is not one that may be asked."
        ),
        mend=(
            "Open the address from another network and read the log of that server. It must answer with a"
            " status from 200 to 299, over https, at a public address. A notice of a result is tried again"
            " for three days; after that, the page Notices sends it once more."
        ),
    ),
    Code(
        code=NOT_CONNECTED,
        level="error",
        title="HTTP connection failure",
        cause="No connection to the webhook or the task router: the host is unknown or refuses it, or its"
        " certificate is bad.",
        mend="Check the host name, that the server runs, its firewall and its certificate.",
    ),
    _of_add_on(
        Unexpected,
        "The add-on’s answer fits no other row, for example a body that is not a JSON object.",
        "Open the result: the step that failed says why. " + _TELL_THE_PUBLISHER,
    ),
    _of_add_on(
        TimedOut,
        f"The add-on gave no complete answer within {DEADLINE_MS} ms.",
        "Nothing, if it stays rare. " + _TELL_THE_PUBLISHER,
    ),
    _of_add_on(
        VendorFailed,
        "The add-on’s service answered with a status of 500 or above, or could not be reached, and trying"
        " again did not help.",
        _TELL_THE_PUBLISHER,
    ),
    _of_add_on(
        RequirementsNotMet,
        "A value the add-on needs is missing, or its requirements refuse it, such as a country it does not"
        " cover. It was not asked.",
        "Compare what it needs, on its page, with its settings and with what came in.",
    ),
    _of_add_on(
        NoResults,
        "The add-on answered, and its answer holds nothing that can be used.",
        "Nothing: it knows nothing of this one. You pay nothing.",
    ),
    _of_add_on(
        BadRequest,
        "The add-on’s service refused the request with a status from 400 to 499.",
        "Check the add-on’s settings, such as a key of your own. " + _TELL_THE_PUBLISHER,
    ),
    Code(
        code=WEBHOOK_USES_GET,
        level="warning",
        title="Webhook uses GET: results are left out",
        cause="A webhook or callback uses GET, which cannot carry what add-ons answer. For a message or a"
        " call they were not asked; the result of a recording is kept, and the callback told without it.",
        mend="Set the method of the number’s webhook, or the add-on’s callback_method, to POST.",
    ),
    _of_add_on(
        BodyTooLarge,
        "The add-on’s answer has more bytes than allowed; it was dropped.",
        _TELL_THE_PUBLISHER,
    ),
    _of_add_on(
        TooManyRedirects,
        f"The add-on’s service redirected more than {MAX_REDIRECTS} times.",
        _TELL_THE_PUBLISHER,
    ),
    _of_add_on(
        CannotRender,
        "The values at hand make no valid request, for example a line break in a header. It was not asked.",
        "Compare the add-on’s settings with what came in.",
    ),
)

CODES: Final[Mapping[int, Code]] = MappingProxyType(
    {each.code: each for each in sorted(_ALL, key=lambda each: each.code)}
)
