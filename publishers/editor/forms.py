"""The form of one section: it shows what is stored, reads what was sent, and says what changed.

Each box is saved by itself: one that cannot be stored keeps its stored value and says why, the others go on.
What is stored but wrong stays, with its fault at the box.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.forms.boundfield import BoundField

from publishers.blocks import SCHEMA, block_faults
from publishers.contract.points import MESSAGE_ANALYSIS, PHONE_NUMBER, POINTS, RECORDING_ANALYSIS
from publishers.editor.layout import LAYOUT, Choice, Item, Nested, Text, choices_of, nested_of, texts_of
from publishers.editor.nested import NestedBox, NotSaved
from publishers.editor.readiness import Judged, sentence
from publishers.editor.saving import Edit
from publishers.listing_services import LATER
from schema_forms.faults import steps

NOTICES: Final = {"module_install": "an account installs it", "module_uninstall": "an account removes it"}
TYPE_WORDS: Final = {
    PHONE_NUMBER: "Phone numbers: who is this, what is this number",
    MESSAGE_ANALYSIS: "Messages: what does the text say",
    RECORDING_ANALYSIS: "Recordings: what is said in the audio",
}
MAX_CATEGORY: Final[int] = SCHEMA["properties"]["category"]["maxLength"]
MAX_URL: Final = 2048


@dataclass(frozen=True)
class Shown:
    """An item as the page draws it: a field of the form, or a nested box; and what is wrong there."""

    name: str
    field: BoundField | None
    nested: NestedBox | None
    faults: list[str]
    refused: list[str]


class SectionForm(forms.Form):
    """The boxes of a section. `judged`: the listing and version that they show."""

    use_required_attribute = False

    def __init__(self, data: Mapping[str, Any] | None = None, *, section: str, judged: Judged) -> None:
        super().__init__(data)
        self.section, self.judged = section, judged
        version = judged.version
        self.is_editable = version is not None and version.is_editable
        for text in texts_of(section):
            self.fields[text.name] = _text_field(text, self._stored(text.block, text.member))
        for name in choices_of(section):
            self.fields[name] = self._choice(name)
        sent = None if data is None else data
        self.boxes = {
            item.name: NestedBox(
                item,
                self._stored(item.block, item.member),
                data=sent,
                editable=bool(item.block) or self.is_editable,
            )
            for item in nested_of(section)
        }
        self.refused: dict[str, list[str]] = {}

    def edit(self) -> Edit:
        """What was changed and can be stored; `refused` says what cannot."""
        self.is_valid()
        self.refused = {
            name: [str(each) for each in errors]
            for name, errors in self.errors.items()
            if not self.fields[name].disabled
        }
        parts: dict[str, Any] = {}
        blocks: dict[str, dict[str, Any]] = {}
        for text in texts_of(self.section):
            if self._is_changed(text.name):
                value = self.cleaned_data[text.name].replace("\r\n", "\n")
                self._member(blocks, text.block, text.member, value or None)
        for box in self.boxes.values():
            self._read_box(box, parts, blocks)
        category = self._read_choices(parts, blocks)
        return Edit(parts=parts, blocks=self._without_faults(blocks), category=category)

    def other_tabs(self) -> dict[str, Any]:
        """What was sent, as both tabs of each nested part show it. Nothing is stored."""
        parts, refused = {}, {}
        for box in self.boxes.values():
            try:
                parts[box.name] = NestedBox(box.item, box.value(), data=None, editable=True).as_json()
            except NotSaved as reason:
                refused[box.name] = [str(reason)]
        return {"parts": parts, "refused": refused}

    def groups(self) -> list[tuple[Any, list[Shown]]]:
        """What the template draws."""
        return [(group, [self._shown(item) for item in group.items]) for group in LAYOUT[self.section]]

    def faults(self) -> dict[str, list[str]]:
        """What is wrong at each box, by its name, for the whole section."""
        return {shown.name: shown.faults for _, items in self.groups() for shown in items}

    def _stored(self, block: str, member: str) -> Any:
        holder = getattr(self.judged.listing, block) if block else self.judged.definition
        return holder.get(member) if isinstance(holder, dict) else None

    def _choice(self, name: str) -> forms.Field:
        match name:
            case "type":
                return forms.ChoiceField(
                    label="Type",
                    choices=[(name, f"{words} ({name})") for name, words in TYPE_WORDS.items()],
                    initial=_text_of(self._stored("", "type")),
                    required=False,
                    widget=forms.RadioSelect,
                    disabled=not self.is_editable,
                )
            case "extensions":
                return _points_field(self._stored("", "extensions"), disabled=not self.is_editable)
            case "category":
                return forms.CharField(
                    label="Category",
                    max_length=MAX_CATEGORY,
                    required=False,
                    initial=self.judged.listing.category,
                    help_text="Such as Phone numbers or Conversations.",
                )
            case "callback_url":
                return forms.CharField(
                    label="Tell this address",
                    required=False,
                    max_length=MAX_URL,
                    initial=_text_of(self._notification.get("callback_url")),
                    help_text="A URL of yours that is told when one of the events below happens.",
                )
        return forms.MultipleChoiceField(
            label="When",
            choices=list(NOTICES.items()),
            required=False,
            initial=_texts_of(self._notification.get("notification_events")),
            widget=forms.CheckboxSelectMultiple,
        )

    @property
    def _notification(self) -> dict[str, Any]:
        stored = self._stored("configuration", "notification_configuration")
        return stored if isinstance(stored, dict) else {}

    def _is_changed(self, name: str) -> bool:
        """Whether the browser sent this field, a right value, and another one than it was shown."""
        is_sent = name in self.data or isinstance(self.fields[name], forms.MultipleChoiceField)
        return is_sent and name in self.cleaned_data and name in self.changed_data

    def _read_box(self, box: NestedBox, parts: dict[str, Any], blocks: dict[str, dict[str, Any]]) -> None:
        if not box.editable:
            return
        try:
            if not box.changed():
                return
            value = box.value()
        except NotSaved as reason:
            self.refused[box.name] = [str(reason)]
            return
        if box.item.block:
            self._member(blocks, box.item.block, box.item.member, value)
        else:
            parts[box.item.member] = value

    def _read_choices(self, parts: dict[str, Any], blocks: dict[str, dict[str, Any]]) -> str | None:
        """The type and points into `parts`, the notices into `blocks`; the category, if it was changed."""
        names = choices_of(self.section)
        for name in ("type", "extensions"):
            if name in names and self._is_changed(name):
                parts[name] = self.cleaned_data[name] or None
        if "callback_url" in names and (
            self._is_changed("callback_url") or self._is_changed("notification_events")
        ):
            url, events = self.cleaned_data.get("callback_url"), self.cleaned_data.get("notification_events")
            wanted = {"callback_url": url, "notification_events": events}
            given = {name: value for name, value in wanted.items() if value}
            self._member(blocks, "configuration", "notification_configuration", given or None)
        if "category" in names and self._is_changed("category"):
            return str(self.cleaned_data["category"])
        return None

    def _member(self, blocks: dict[str, dict[str, Any]], block: str, member: str, value: Any) -> None:
        """Set a member of a block, or remove it, in a copy of what is stored."""
        stored = getattr(self.judged.listing, block)
        changed = blocks.setdefault(block, dict(stored) if isinstance(stored, dict) else {})
        if value is None:
            changed.pop(member, None)
        else:
            changed[member] = value

    def _without_faults(self, blocks: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """The blocks, each member that cannot be stored as it was before."""
        kept = {}
        for name, block in blocks.items():
            stored = getattr(self.judged.listing, name)
            for fault in self._faults_that_count(name, block):
                member = next(iter(steps(fault.path)), "")
                self.refused.setdefault(_box_of(name, member), []).append(_message(fault.path, fault.message))
                if isinstance(stored, dict) and member in stored:
                    block[member] = stored[member]
                else:
                    block.pop(member, None)
            if block != stored and not self._faults_that_count(name, block):
                kept[name] = block
        return kept

    def _faults_that_count(self, name: str, block: dict[str, Any]) -> list[Any]:
        """What keeps a block from being stored: a draft may do without its short description."""
        is_draft = self.judged.listing.published_version_id is None
        return [
            fault
            for fault in block_faults(name, block)
            if not (is_draft and (fault.path, fault.keyword) == (LATER, "required"))
        ]

    def _shown(self, item: Item) -> Shown:
        box = self.boxes.get(item.name)
        field = None if box else self[item.name]
        return Shown(item.name, field, box, self._faults_of(item), self.refused.get(item.name, []))

    def _faults_of(self, item: Item) -> list[str]:
        """What is wrong with what is stored; nobody is told off for a section that is not begun."""
        if not self.judged.has_begun(self.section):
            return []
        match item:
            case Text(block=block, member=member) | Nested(block=block, member=member):
                found = self.judged.faults_at(block=block, member=member)
            case Choice(name="type" | "extensions"):
                found = self.judged.faults_at(member=item.name)
            case Choice(name="callback_url"):
                found = self.judged.faults_at(block="configuration", member="notification_configuration")
            case _:
                found = []
        return list(dict.fromkeys(sentence(fault) for fault in found))


def _text_field(text: Text, stored: Any) -> forms.CharField:
    attrs = {"autocomplete": "off"}
    widget: forms.Widget = (
        forms.Textarea(attrs={"rows": text.rows}) if text.rows > 1 else forms.TextInput(attrs)
    )
    if text.kind in ("url", "email", "tel"):
        widget.attrs["inputmode"] = text.kind
    return forms.CharField(
        label=text.label,
        help_text=text.help,
        max_length=text.max_length,
        required=False,
        strip=text.rows == 1,
        initial=_text_of(stored),
        widget=widget,
        error_messages={"max_length": f"Use at most {text.max_length} characters."},
    )


def _points_field(stored: Any, *, disabled: bool) -> forms.Field:
    """Every point, with the types that may use it; the wrong ones are told as faults."""
    choices = [
        (point.unique_name, f"{point.friendly_name} – {' or '.join(sorted(point.types))}")
        for point in POINTS.values()
    ]
    return forms.MultipleChoiceField(
        label="Where it can be switched on",
        choices=choices,
        required=False,
        initial=_texts_of(stored),
        disabled=disabled,
        widget=forms.CheckboxSelectMultiple,
    )


def _text_of(value: Any) -> str:
    """What a box shows of a value that may be anything."""
    return value if isinstance(value, str) else ""


def _texts_of(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _box_of(block: str, member: str) -> str:
    """The name of the box in which a member of a block is edited."""
    return "callback_url" if member == "notification_configuration" else f"{block}-{member}"


def _message(path: str, message: str) -> str:
    below = " › ".join(steps(path)[1:])
    return f"{below}: {message}" if below else message
