"""What can go wrong between us and a publisher: one cause, one class, one public code (contract 9.4)."""

from typing import ClassVar, Literal, NamedTuple


class Attempt(NamedTuple):
    """One request on the wire, as the debugger shows it. `url` has its secrets masked."""

    url: str
    status: int | None
    ms: int
    error: str | None


class ContractError(Exception):
    """An add-on gave no result. The class is public; `reason` is for the publisher's log and the debugger.

    ContractError
    +-- Unexpected           61000  the answer fits no other row
    |   +-- OwnFault                a bug of ours
    +-- TimedOut             61001  no complete answer in time
    |   +-- Crowded (send)          too many calls to the publisher were under way
    +-- VendorFailed         61002  5xx, or no HTTP answer at all, after the retries
    |   +-- AddressNotAllowed       the URL leads where we never go; not retried
    |   +-- NotAsked (breaker)      it failed too often lately
    +-- RequirementsNotMet   61003  a value is missing, or the request schema refuses; not asked
    +-- NoResults            61004  a good answer that the response schema refuses
    +-- BadRequest           61005  4xx
    +-- BodyTooLarge         61007  more bytes than allowed
    +-- TooManyRedirects     61008  a sixth redirect
    +-- CannotRender         61009  the values make no valid request; not asked

    A reason never holds a secret, an address of our network or what was found there.
    """

    code: ClassVar[int]
    message: ClassVar[str]
    level: ClassVar[Literal["error", "warning"]] = "error"
    counts_against_publisher: ClassVar[bool] = False
    # Whether the service level counts the call at all: the publisher was asked, and had its chance.
    counts_in_service_level: ClassVar[bool] = True

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.attempts: tuple[Attempt, ...] = ()


class Unexpected(ContractError):
    """61000: the catch-all, for example a body that is not a JSON object."""

    code = 61000
    message = "Internal server error"


class OwnFault(Unexpected):
    """61000: a bug of ours; nothing to be said about the publisher."""

    counts_in_service_level = False


class TimedOut(ContractError):
    """61001: no complete answer within the time allowed."""

    code = 61001
    message = "Request timed out"
    counts_against_publisher = True


class VendorFailed(ContractError):
    """61002: the service answered 5xx or could not be reached, and the retries did not help."""

    code = 61002
    message = "Vendor could not complete request"
    counts_against_publisher = True


class AddressNotAllowed(VendorFailed):
    """61002: the URL, a redirect or the DNS of the publisher leads to a place we never connect to.

    The public code is that of a service that is down: whoever probes our network learns nothing from the
    difference, and it is the publisher's URL or DNS that has to be mended, so it counts as their failure.
    """


class RequirementsNotMet(ContractError):
    """61003: a required value is missing, or the values do not fit the request schema."""

    code = 61003
    message = "Requirements to invoke AddOns have not been met"
    counts_in_service_level = False


class NoResults(ContractError):
    """61004: a good answer in which the response schema finds nothing usable."""

    code = 61004
    message = "No results"
    level = "warning"


class BadRequest(ContractError):
    """61005: the service answered 4xx."""

    code = 61005
    message = "Bad request"
    counts_against_publisher = True


class BodyTooLarge(ContractError):
    """61007: the answer has more bytes than allowed; what was read is dropped."""

    code = 61007
    message = "Response body too large"
    counts_against_publisher = True


class TooManyRedirects(ContractError):
    """61008: one redirect more than we follow."""

    code = 61008
    message = "HTTP too many redirects"
    counts_against_publisher = True


class CannotRender(ContractError):
    """61009: the values at hand make no valid request, for example a line break in a header."""

    code = 61009
    message = "Could not fulfill request with available data"
    counts_in_service_level = False
