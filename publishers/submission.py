"""What must be right before a version is handed to an operator: one gate for console, API and admin."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from publishers.blocks import PARAMETERS, block_faults
from publishers.contract.definition import compiled, definition_faults
from publishers.faults import BadParameter
from publishers.models import ContractReport, Listing, ListingVersion, Publisher
from rest.errors import Refused

Verdict = ContractReport.Verdict


class PublisherNotApproved(Refused):
    """400: an operator has not approved its publisher, or has suspended it."""


class MissingCredentials(Refused):
    """400: the definition uses secrets that the listing does not hold."""


class NoContractReport(Refused):
    """400: the contract tester has not judged what the version says now."""


class FailedContract(Refused):
    """400: the contract tester found something wrong with the publisher's service."""


class UnexplainedWarnings(Refused):
    """400: the contract tester warned, and nobody said why that is no matter."""


def check_submission(version: ListingVersion, *, reason: str) -> None:
    """Whether a version may be submitted, with this reason for what the contract tester warns of.

    Raises PublisherNotApproved, BadParameter, MissingCredentials, NoContractReport, FailedContract or
    UnexplainedWarnings: the first that applies, with what to do.
    """
    check_publisher(version)
    check_content(version)
    check_credentials(version)
    _check_report(version, reason=reason)


def check_publisher(version: ListingVersion) -> None:
    """Raises PublisherNotApproved."""
    publisher = version.listing.publisher
    if publisher.is_approved:
        return
    mend = {
        Publisher.Status.APPLIED: "wait until an operator has approved it",
        Publisher.Status.SUSPENDED: "an operator must lift that first",
    }.get(Publisher.Status(publisher.status), "change the application and send it again")
    raise PublisherNotApproved(
        f"Invalid Status: the publisher {publisher.name} is {publisher.status}, not approved: {mend}"
    )


def check_content(version: ListingVersion) -> None:
    """A draft may lack anything, and the rules may have grown since it was stored. Raises BadParameter."""
    check_blocks(version.listing)
    faults = definition_faults(version.definition, allow_http_hosts=settings.OUTBOUND_ALLOWED_HOSTS)
    if faults:
        raise BadParameter("Definition", faults)


def check_blocks(listing: Listing) -> None:
    """Of a listing that is shown to others. They may change while a version waits. Raises BadParameter."""
    for parameter, name in PARAMETERS.items():
        if lacking := block_faults(name, getattr(listing, name)):
            raise BadParameter(parameter, lacking)


def check_credentials(version: ListingVersion) -> None:
    """Raises MissingCredentials. For a definition without faults."""
    if missing := missing_credentials(version.definition, version.listing.credentials):
        names = ", ".join(missing)
        raise MissingCredentials(
            f"Invalid Status: the definition uses {names}: give the missing values in Credentials"
        )


def missing_credentials(definition: Mapping[str, Any], at_hand: Mapping[str, str]) -> list[str]:
    """The names of the secrets that the definition uses and nobody has given yet."""
    return sorted(name for name in compiled(definition).credentials_used if not at_hand.get(name))


def latest_report(version: ListingVersion) -> ContractReport | None:
    """The newest finished report about what the version says now."""
    done = ContractReport.objects.of(version).filter(status=ContractReport.Status.DONE)
    return done.defer("document").first()


def _check_report(version: ListingVersion, *, reason: str) -> None:
    """Red blocks, amber needs a reason."""
    report = latest_report(version)
    path = f"/v1/Listing/{version.listing.sid}/Versions/{version.sid}/Reports"
    if report is None or report.verdict == Verdict.NONE:
        raise NoContractReport(
            "Invalid Status: no finished contract report is about what this version says now: run the "
            f"contract tester: POST {path}, or the button in the section Test"
        )
    if report.verdict == Verdict.RED:
        failed = _counted(report.failed, "failed check")
        raise FailedContract(
            f"Invalid Status: the contract report {report.sid} has {failed}: mend them, then run the "
            f"contract tester again: POST {path}, or the button in the section Test"
        )
    if report.verdict == Verdict.AMBER and not reason:
        raise UnexplainedWarnings(
            f"Missing required parameter Reason in the post body: the contract report {report.sid} has "
            f"{_counted(report.warned, 'warning')}: mend them, or say why they do not matter"
        )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
