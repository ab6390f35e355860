"""What the bench asks for: the event, run-time parameters, settings, and the name of a case."""

from typing import Any, Final

from django import forms

from conformance.bench_events import (
    LONGEST_SAMPLE_MS,
    MAX_MESSAGE,
    SHORTEST_SAMPLE_MS,
    Given,
    fields_of,
)
from conformance.models import BenchCase
from publishers.contract.definition import Definition
from publishers.contract.errors import (
    BadRequest,
    BodyTooLarge,
    CannotRender,
    NoResults,
    RequirementsNotMet,
    TimedOut,
    TooManyRedirects,
    Unexpected,
    VendorFailed,
)
from schema_forms.forms import SchemaForm

MAX_ADDRESS: Final = 256
MAX_PARAMETER: Final = 4_096
LABELS: Final = {
    "primary_address": "Primary address",
    "secondary_address": "Secondary address",
    "body": "Text of the message",
}
HINTS: Final = {
    "primary_address": "Who calls or writes; in a lookup, the number in question.",
    "secondary_address": "The number that is called or written to.",
    "body": "What the message says.",
}
ERRORS: Final = (
    Unexpected,
    TimedOut,
    VendorFailed,
    RequirementsNotMet,
    NoResults,
    BadRequest,
    BodyTooLarge,
    TooManyRedirects,
    CannotRender,
)
OUTCOMES: Final = [
    ("", "A good answer"),
    *((str(each.code), f"{each.code} {each.message}") for each in ERRORS),
]


class EventForm(forms.Form):
    """An event of one point, and the run-time parameters that go with it. What is left blank is not given."""

    def __init__(
        self, data: Any = None, *, definition: Definition, point: str, given: Given | None = None
    ) -> None:
        super().__init__(data, prefix="event")
        self.names = fields_of(definition, point)
        self.runtime_names = [each.name for each in definition.runtime_parameters]
        event, runtime = (given.event, given.runtime) if given else ({}, {})
        for name in self.names:
            self.fields[name] = self._field(name, str(event.get(name, "")))
        for each in definition.runtime_parameters:
            self.fields[f"runtime.{each.name}"] = forms.CharField(
                label=each.name,
                help_text=each.description or "A run-time parameter, given with a lookup.",
                initial=runtime.get(each.name, ""),
                required=False,
                strip=False,
                max_length=MAX_PARAMETER,
            )

    def event(self) -> dict[str, str]:
        """The fields that were given. Call after `is_valid`."""
        return {name: value for name in self.names if (value := self.cleaned_data[name])}

    def runtime(self) -> dict[str, str]:
        """The run-time parameters that were given. Call after `is_valid`."""
        return {name: value for name in self.runtime_names if (value := self.cleaned_data[f"runtime.{name}"])}

    def _field(self, name: str, initial: str) -> forms.CharField:
        is_text = name == "body"
        return forms.CharField(
            label=LABELS[name],
            help_text=HINTS[name],
            initial=initial,
            required=False,
            strip=False,
            max_length=MAX_MESSAGE if is_text else MAX_ADDRESS,
            widget=forms.Textarea(attrs={"rows": 3}) if is_text else forms.TextInput(),
        )


class SampleForm(forms.Form):
    """The recording that is sent to an add-on for recordings: a tone, made when it is sent."""

    channels = forms.TypedChoiceField(
        label="Channels",
        choices=[("1", "One (mono)"), ("2", "Two, one for each speaker")],
        coerce=int,
        widget=forms.RadioSelect,
    )
    milliseconds = forms.IntegerField(
        label="Length in milliseconds",
        min_value=SHORTEST_SAMPLE_MS,
        max_value=LONGEST_SAMPLE_MS,
        help_text=f"{SHORTEST_SAMPLE_MS:,} to {LONGEST_SAMPLE_MS:,}. What is sent is a quiet tone, as WAV.",
    )

    def __init__(self, data: Any = None, *, given: Given | None = None) -> None:
        initial = {"channels": "1", "milliseconds": 3_000, **(dict(given.event) if given else {})}
        super().__init__(data, prefix="event", initial=initial)

    def event(self) -> dict[str, int]:
        """What the sample is like. Call after `is_valid`."""
        return {name: self.cleaned_data[name] for name in ("channels", "milliseconds")}

    def runtime(self) -> dict[str, str]:
        """Recordings have none."""
        return {}


class CaseForm(forms.Form):
    """Under which name an event is kept, and what it is to come to."""

    name = forms.CharField(
        label="Name of the test case",
        max_length=BenchCase._meta.get_field("name").max_length,  # noqa: SLF001 - Django's public _meta
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Needed only to keep it.",
    )
    expected = forms.ChoiceField(label="Is to end with", choices=OUTCOMES, required=False)

    def __init__(self, data: Any = None, *, case: BenchCase | None = None) -> None:
        initial = {"name": case.name, "expected": str(case.expected_code or "")} if case else None
        super().__init__(data, prefix="case", initial=initial)

    @property
    def expected_code(self) -> int | None:
        """None for a good answer. Call after `is_valid`."""
        return int(self.cleaned_data["expected"]) if self.cleaned_data["expected"] else None

    def require_name(self) -> bool:
        """Whether there is a name; without one the form says so."""
        if self.cleaned_data["name"]:
            return True
        self.add_error("name", "Give it a name to keep it under.")
        return False


class BenchForms:
    """The forms of the bench for one point, as one."""

    def __init__(
        self,
        data: Any,
        *,
        definition: Definition,
        given: Given,
        case: BenchCase | None = None,
    ) -> None:
        self.point = given.point
        self.event: EventForm | SampleForm = (
            EventForm(data, definition=definition, point=given.point, given=given)
            if definition.is_sync
            else SampleForm(data, given=given)
        )
        self.settings = SchemaForm(
            definition.configuration_schema,
            data,
            # A secret among them is kept when its box is left empty, and is not shown.
            document=given.configuration,
        )
        self.case = CaseForm(data, case=case)

    def is_valid(self) -> bool:
        """All are looked at, so that every fault is told at once."""
        return all([self.event.is_valid(), self.settings.is_valid(), self.case.is_valid()])

    def given(self) -> Given:
        """What is to be sent. Call after `is_valid`."""
        return Given(
            point=self.point,
            event=self.event.event(),
            runtime=self.event.runtime(),
            configuration=self.settings.document(),
        )
