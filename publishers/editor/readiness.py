"""What is missing before a version can be submitted, section by section, and how far each one is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from django.conf import settings

from publishers.blocks import BLOCKS, block_faults
from publishers.contract.definition import definition_faults
from publishers.editor.saving import definition_in
from publishers.models import ContractReport, Listing, ListingVersion
from publishers.sections import SECTIONS, section_of_path
from schema_forms.faults import steps
from schema_forms.schemas import Fault

State = Literal["done", "wrong", "empty"]

Verdict = ContractReport.Verdict
TEST, SUBMIT = "test", "submit"


@dataclass(frozen=True, kw_only=True)
class Missing:
    """One thing to do before submitting. `section` is where."""

    section: str
    sentence: str

    @property
    def title(self) -> str:
        """The section, as people know it."""
        return SECTIONS[self.section].title


@dataclass(frozen=True, kw_only=True)
class SectionState:
    """An entry of the rail. `empty`: not begun; then something is missing unless the section is optional."""

    slug: str
    title: str
    state: State
    missing: list[str]

    @property
    def is_ready(self) -> bool:
        """Whether nothing here stands in the way of a submission."""
        return not self.missing

    @property
    def word(self) -> str:
        """How far it is, for those who do not see the sign."""
        match self.state:
            case "done":
                return "done"
            case "wrong":
                return "something is wrong"
        return "not begun" if self.missing or self.slug in (TEST, SUBMIT) else "not begun, may stay empty"

    @property
    def icon(self) -> str:
        """The sign of its state: ✓, ! or ○."""
        return {"done": "successful", "wrong": "warning", "empty": "draft"}[self.state]


class Judged:
    """A listing and one of its versions, judged once for everything that a page says about them."""

    def __init__(self, listing: Listing, version: ListingVersion | None) -> None:
        self.listing, self.version = listing, version
        self.definition = definition_in(version)

    @cached_property
    def definition_faults(self) -> list[Fault]:
        """What is wrong with the definition."""
        return definition_faults(self.definition, allow_http_hosts=settings.OUTBOUND_ALLOWED_HOSTS)

    @cached_property
    def block_faults(self) -> dict[str, list[Fault]]:
        """What is wrong with each block; an empty block that may be empty is right."""
        return {name: block_faults(name, getattr(self.listing, name)) for name in BLOCKS}

    @cached_property
    def missing_secrets(self) -> list[str]:
        """The names of secrets that the definition uses and the listing does not hold."""
        return sorted(secrets_named_in(self.definition) - self.listing.credentials.keys())

    @cached_property
    def report(self) -> ContractReport | None:
        """The newest finished report of the contract tester on what the version says now."""
        if self.version is None:
            return None
        finished = ContractReport.objects.of(self.version).filter(status=ContractReport.Status.DONE)
        return finished.select_related(None).defer("document").first()

    @cached_property
    def sections(self) -> list[SectionState]:
        """The rail, in its order."""
        content = [self._section(slug) for slug in SECTIONS if slug not in (TEST, SUBMIT)]
        return [*content, self._test(), self._submit(content)]

    @property
    def missing(self) -> list[Missing]:
        """Everything that stands in the way, in the order of the rail."""
        return [
            Missing(section=section.slug, sentence=sentence)
            for section in self.sections
            for sentence in section.missing
        ]

    @property
    def ready_count(self) -> int:
        """Of how many sections nothing is missing. The last one hands them over and counts none."""
        return sum(section.is_ready for section in self.sections if section.slug != SUBMIT)

    @property
    def total_count(self) -> int:
        """How many sections there are to get ready."""
        return len(self.sections) - 1

    def faults_at(self, *, block: str = "", member: str) -> list[Fault]:
        """The faults of one box of the editor: a member of a block, or a part of the definition.

        Their paths begin below it.
        """
        faults = self.block_faults[block] if block else self.definition_faults
        found = [(steps(fault.path), fault) for fault in faults]
        return [
            Fault(fault.path[len(f"/{member}") :], fault.message, fault.keyword)
            for way, fault in found
            if way[:1] == [member]
        ]

    def has_begun(self, slug: str) -> bool:
        """Whether anything was entered in a section."""
        section = SECTIONS[slug]
        return any(name in self.definition for name in section.parts) or any(
            getattr(self.listing, name) for name in section.blocks
        )

    def _section(self, slug: str) -> SectionState:
        sentences = list(self._sentences(slug))
        if sentences:
            state: State = "wrong" if self.has_begun(slug) else "empty"
        else:
            state = "done" if self.has_begun(slug) else "empty"
        return SectionState(slug=slug, title=SECTIONS[slug].title, state=state, missing=sentences)

    def _sentences(self, slug: str) -> Iterator[str]:
        section = SECTIONS[slug]
        for block in section.blocks:
            yield from (sentence(fault) for fault in self.block_faults[block])
        faults = [fault for fault in self.definition_faults if section_of_path(fault.path) == slug]
        yield from (sentence(fault) for fault in faults)
        if slug == "credentials":
            for name in self.missing_secrets:
                yield f"{name}: Give the secret, or use another name."

    def _test(self) -> SectionState:
        report, title = self.report, SECTIONS[TEST].title
        if report is None:
            todo = ["Run the contract tester: there is no finished report on what this version says now."]
            return SectionState(slug=TEST, title=title, state="empty", missing=todo)
        if report.verdict == Verdict.RED:
            todo = [f"Mend what the contract tester found: {report.failed} of {report.total} checks failed."]
            return SectionState(slug=TEST, title=title, state="wrong", missing=todo)
        return SectionState(slug=TEST, title=title, state="done", missing=[])

    def _submit(self, others: list[SectionState]) -> SectionState:
        """Where it can be handed over; its own hindrances are the publisher's."""
        todo = []
        publisher = self.listing.publisher
        if not publisher.is_approved:
            todo = [f"Your publisher account is not approved: {publisher.get_status_display().lower()}."]
        is_handed_over = self.version is not None and not self.version.is_editable
        state: State = "done" if is_handed_over else "wrong" if todo and all(map(_ready, others)) else "empty"
        return SectionState(slug=SUBMIT, title=SECTIONS[SUBMIT].title, state=state, missing=todo)


def sections_of(listing: Listing, version: ListingVersion | None) -> list[SectionState]:
    """The rail of the editor."""
    return Judged(listing, version).sections


def missing(listing: Listing, version: ListingVersion | None) -> list[Missing]:
    """Everything that stands in the way of submitting this version, in the order of the rail."""
    return Judged(listing, version).missing


def sentence(fault: Fault) -> str:
    """A fault with its place, as people read it: "request › url: Add this: it is required."."""
    place = " › ".join(steps(fault.path))
    return f"{place}: {fault.message}" if place else fault.message


def secrets_named_in(definition: Mapping[str, Any]) -> frozenset[str]:
    """The names of the secrets that a definition uses, however incomplete it is."""
    auth, request = definition.get("auth"), definition.get("request")
    names = [value for key, value in auth.items() if key != "kind"] if isinstance(auth, dict) else []
    if isinstance(request, dict):
        body = request.get("body")
        places = [request.get("query"), request.get("headers"), isinstance(body, dict) and body.get("fields")]
        entries = [entry for place in places if isinstance(place, list) for entry in place]
        names += [entry.get("credential") for entry in entries if isinstance(entry, dict)]
    return frozenset(name for name in names if isinstance(name, str) and name)


def _ready(section: SectionState) -> bool:
    return section.is_ready
