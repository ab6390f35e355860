"""The sections of a version, in the order of the editor's rail: what stands where, and what is wrong there.

One table for the editor, the comments of a review, the semantic difference of two versions and the reports
of the contract tester.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Section:
    """One entry of the rail. `parts`: the members of the definition; `blocks`: those of the listing."""

    slug: str
    title: str
    lead: str
    parts: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()


SECTIONS: Final = {
    section.slug: section
    for section in (
        Section(
            slug="basics",
            title="Basics",
            lead="What it is called, what it analyses and where it can be switched on.",
            parts=("type", "extensions"),
            blocks=("module_info", "description", "documentation"),
        ),
        Section(
            slug="request",
            title="Request",
            lead="What is sent to your service, and where each value stands.",
            parts=("request", "runtime_parameters"),
        ),
        Section(
            slug="credentials",
            title="Credentials",
            lead="How your service knows that it is us who ask.",
            parts=("auth",),
        ),
        Section(
            slug="configuration",
            title="Configuration schema",
            lead="What a developer fills in when installing.",
            parts=("configuration_schema",),
        ),
        Section(
            slug="validation",
            title="Validation",
            lead="Which events are sent to you at all.",
            parts=("request_schema",),
        ),
        Section(
            slug="response",
            title="Response and cleaning",
            lead="What a good answer is, and what is removed from it before delivery.",
            parts=("response_schema", "remove", "limits"),
        ),
        Section(
            slug="pricing",
            title="Pricing",
            lead="What an answer costs, and when it is free.",
            parts=("pricing",),
            blocks=("pricing",),
        ),
        Section(
            slug="policies",
            title="Policies and support",
            lead="The terms a developer accepts, and whom to ask.",
            blocks=("policies", "support", "configuration"),
        ),
        Section(slug="test", title="Test", lead="Send made-up events, and let the contract tester look."),
        Section(slug="submit", title="Submit", lead="Hand the version to an operator."),
    )
}
_OF_PART: Final = {part: section.slug for section in SECTIONS.values() for part in section.parts}
_OF_BLOCK: Final = {block: section.slug for section in SECTIONS.values() for block in section.blocks}


def section_of_path(path: str) -> str:
    """The section of a JSON pointer into a definition; the first one for the document as a whole."""
    return _OF_PART.get(path.strip("/").split("/")[0], "basics")


def section_of_block(block: str) -> str:
    """The section in which a block of the listing is edited."""
    return _OF_BLOCK.get(block, "basics")
