"""What each section of the editor asks for: texts of the listing's blocks, and nested parts.

A name in the page is `block-member` for a member of a block, such as `support-billing_email`, and the
member's own name for a part of the definition, such as `request`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from publishers.blocks import SCHEMA
from publishers.editor.block_editors import BUTTONS, CODE_SAMPLES, HIGHLIGHTS
from publishers.editor.examples import EXAMPLES
from publishers.editor.schema_table import TABLE
from publishers.editor_schemas import AUTH, LIMITS, PRICING, REMOVE, REQUEST, RUNTIME_PARAMETERS, Editor
from publishers.sections import SECTIONS

LONG_TEXT_ROWS: Final = 8


@dataclass(frozen=True, kw_only=True)
class Text:
    """One member of a block, typed in as text. `rows`: above 1 for a box of several lines."""

    block: str
    member: str
    label: str
    help: str = ""
    rows: int = 1
    kind: str = "text"

    @property
    def name(self) -> str:
        """The name of its input."""
        return f"{self.block}-{self.member}"

    @property
    def max_length(self) -> int:
        """As the schema of the block has it; a colour is told by its pattern alone."""
        rules = _rules(SCHEMA["properties"][self.block])
        return int(_rules(rules["properties"][self.member]).get("maxLength", 16))


@dataclass(frozen=True, kw_only=True)
class Nested:
    """A part that is a list or an object: drawn by a builder, with its JSON beside it.

    `block`: of which block it is a member; without one, it is a part of the definition. `editor`: what the
    builder draws; None where only JSON can say it. `is_table`: the builder draws the table of a JSON Schema.
    """

    member: str
    label: str
    help: str = ""
    block: str = ""
    editor: Editor | None = None
    is_table: bool = False

    @property
    def name(self) -> str:
        """The name of its inputs."""
        return f"{self.block}-{self.member}" if self.block else self.member

    @property
    def example(self) -> str:
        """A valid one, as JSON."""
        return EXAMPLES.get(self.name, "")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Something that is chosen from a list: the type, the extension points, the events to be told of."""

    name: str


Item = Text | Nested | Choice


@dataclass(frozen=True, kw_only=True)
class Group:
    """Items under a heading."""

    title: str
    items: tuple[Item, ...]
    lead: str = ""
    is_technical: bool = field(default=False)


def _rules(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema itself, or the definition it refers to."""
    name = str(schema.get("$ref", "")).removeprefix("#/definitions/")
    return SCHEMA["definitions"][name] if name else schema


LAYOUT: Final[Mapping[str, tuple[Group, ...]]] = {
    "basics": (
        Group(
            title="Type",
            lead="The type decides which data is sent to you and where the add-on can be switched on.",
            items=(Choice(name="type"), Choice(name="extensions")),
            is_technical=True,
        ),
        Group(
            title="Name",
            items=(
                Text(block="module_info", member="name", label="Name", help="As the catalogue shows it."),
                Text(
                    block="module_info",
                    member="short_description",
                    label="Short description",
                    help="One or two sentences: what does a developer get?",
                    rows=3,
                ),
                Text(
                    block="module_info", member="tagline", label="Tagline", help="A few words for the card."
                ),
                Choice(name="category"),
                Text(block="module_info", member="tag", label="Tag"),
            ),
        ),
        Group(
            title="Look",
            items=(
                Text(
                    block="module_info",
                    member="logo_url",
                    label="Logo",
                    help="The address of a square picture.",
                    kind="url",
                ),
                Text(
                    block="module_info",
                    member="logo_bg_color_hex",
                    label="Background of the logo",
                    help="A colour such as #1f6feb.",
                ),
                Text(block="module_info", member="provider_name", label="Provider"),
                Text(block="module_info", member="provider_web_url", label="Provider’s website", kind="url"),
            ),
        ),
        Group(
            title="Texts",
            lead="Markdown; HTML is shown as text.",
            items=(
                Text(block="description", member="body", label="Description", rows=LONG_TEXT_ROWS),
                Nested(block="description", member="highlights", label="Highlights", editor=HIGHLIGHTS),
                Nested(block="description", member="code_samples", label="Code samples", editor=CODE_SAMPLES),
                Text(block="documentation", member="body", label="Documentation", rows=LONG_TEXT_ROWS),
            ),
        ),
    ),
    "request": (
        Group(
            title="Request",
            items=(
                Nested(
                    member="request",
                    label="Request",
                    help="Method, URL, and where each value stands. Values may hold {{template_fields}}.",
                    editor=REQUEST,
                ),
                Nested(
                    member="runtime_parameters",
                    label="Run-time parameters",
                    help="Values that a caller may give with each lookup.",
                    editor=RUNTIME_PARAMETERS,
                ),
            ),
            is_technical=True,
        ),
    ),
    "credentials": (
        Group(
            title="Authorization",
            lead="Here stand the names of secrets. Their values are kept below, encrypted.",
            items=(Nested(member="auth", label="Authorization header", editor=AUTH),),
            is_technical=True,
        ),
    ),
    "configuration": (
        Group(
            title="Settings",
            items=(
                Nested(
                    member="configuration_schema",
                    label="Configuration schema",
                    help="Each setting becomes a field of the form, and a template field of the request.",
                    editor=TABLE,
                    is_table=True,
                ),
            ),
            is_technical=True,
        ),
    ),
    "validation": (
        Group(
            title="Events that are sent",
            items=(
                Nested(
                    member="request_schema",
                    label="Request schema",
                    help="A JSON Schema over the template fields. What does not fit is not sent to you, "
                    "and costs nobody anything.",
                    editor=TABLE,
                    is_table=True,
                ),
            ),
            is_technical=True,
        ),
    ),
    "response": (
        Group(
            title="A good answer",
            items=(
                Nested(
                    member="response_schema",
                    label="Response schema",
                    help="A JSON Schema over your answer. One that does not fit is neither delivered nor "
                    "billed.",
                ),
                Nested(
                    member="remove",
                    label="Removed before delivery",
                    help="JSONPaths of what developers shall not get.",
                    editor=REMOVE,
                ),
                Nested(
                    member="limits", label="Limits", help="Tighter than ours, if you like.", editor=LIMITS
                ),
            ),
            is_technical=True,
        ),
    ),
    "pricing": (
        Group(
            title="Price",
            items=(Nested(member="pricing", label="Price", editor=PRICING),),
            is_technical=True,
        ),
        Group(
            title="In words",
            items=(
                Text(
                    block="pricing",
                    member="body",
                    label="About the price",
                    help="Markdown, beside the price in the catalogue.",
                    rows=LONG_TEXT_ROWS,
                ),
            ),
        ),
    ),
    "policies": (
        Group(
            title="Terms",
            lead="Markdown, or a link. A developer accepts both when installing.",
            items=(
                Text(block="policies", member="legal", label="Terms of service", rows=LONG_TEXT_ROWS),
                Text(block="policies", member="privacy", label="Privacy policy", rows=LONG_TEXT_ROWS),
            ),
        ),
        Group(
            title="Support",
            items=(
                Text(block="support", member="support_description", label="How you help", rows=3),
                Text(block="support", member="customer_support_email", label="Support: email", kind="email"),
                Text(block="support", member="customer_support_phone", label="Support: phone", kind="tel"),
                Text(block="support", member="technical_email", label="Technical: email", kind="email"),
                Text(block="support", member="technical_phone", label="Technical: phone", kind="tel"),
                Text(block="support", member="billing_email", label="Billing: email", kind="email"),
                Text(block="support", member="billing_phone", label="Billing: phone", kind="tel"),
            ),
        ),
        Group(
            title="After installing",
            items=(
                Nested(
                    block="configuration",
                    member="buttons",
                    label="Buttons",
                    help="Links that an installer finds beside the settings.",
                    editor=BUTTONS,
                ),
                Choice(name="callback_url"),
                Choice(name="notification_events"),
            ),
        ),
    ),
}


def items_of(section: str) -> Iterator[Item]:
    """Everything that a section asks for; nothing for the sections Test and Submit."""
    for group in LAYOUT.get(section, ()):
        yield from group.items


def texts_of(section: str) -> list[Text]:
    """Its texts."""
    return [item for item in items_of(section) if isinstance(item, Text)]


def nested_of(section: str) -> list[Nested]:
    """Its nested parts."""
    return [item for item in items_of(section) if isinstance(item, Nested)]


def choices_of(section: str) -> list[str]:
    """The names of what is chosen."""
    return [item.name for item in items_of(section) if isinstance(item, Choice)]


def neighbour(section: str) -> str:
    """The section after this one; the last one stays."""
    slugs = list(SECTIONS)
    return slugs[min(slugs.index(section) + 1, len(slugs) - 1)]
