"""The console's forms for the choice of a made-up event, and for a made-up task."""

from typing import Any

from django import forms
from rest_framework.exceptions import ValidationError

from invocations.models import TaskRouter
from invocations.simulator import CALL, MESSAGE
from invocations.simulator_forms import NOWHERE
from marketplace.models import IncomingPhoneNumber
from rest.parameters import JsonObject
from rest.sids import is_sid

TASK = "task"
RECORDING = "recording"
ROUTER = "router"
EXAMPLE_ATTRIBUTES = """{
  "from": "+14158675309",
  "to": "+14155552671",
  "body": "Hello! Is my order on its way?"
}"""
_CHOOSE_KIND = "Choose Message, Call, Task or Recording."
_WORKSPACE = "Enter the SID of a workspace: WS and 32 hex digits."
_WORKFLOW = "Enter the SID of a workflow: WW and 32 hex digits."


class ChoiceOfEventForm(forms.Form):
    """What happens, and at which number where it happens at one."""

    kind = forms.ChoiceField(
        label="What happens",
        choices=[
            (MESSAGE, "A message comes in"),
            (CALL, "A call comes in"),
            (TASK, "A task is created"),
            (RECORDING, "A recording is complete"),
        ],
        initial=MESSAGE,
        widget=forms.RadioSelect,
        error_messages={"required": _CHOOSE_KIND, "invalid_choice": _CHOOSE_KIND},
    )
    number = forms.ChoiceField(
        label="At the number",
        error_messages={
            "required": "Choose one of your numbers.",
            "invalid_choice": "Choose one of your numbers.",
        },
    )

    def __init__(self, data: Any = None, *, numbers: list[IncomingPhoneNumber]) -> None:
        super().__init__(data)
        choices = [(each.sid, f"{each.phone_number} {each.friendly_name}") for each in numbers]
        self.fields["number"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField has them

    def clean(self) -> dict[str, Any]:
        """A task happens at no number."""
        if self.cleaned_data.get("kind") in (TASK, RECORDING):
            self.errors.pop("number", None)
        return self.cleaned_data


class TaskForm(forms.Form):
    """A task's attributes, and who shall make it."""

    attributes = forms.CharField(
        label="Attributes",
        initial=EXAMPLE_ATTRIBUTES,
        help_text="A JSON object. Add-ons see from, to and body.",
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
        error_messages={"required": "Enter a JSON object, such as {}."},
    )
    forward = forms.ChoiceField(
        label="Forward to",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose where to.", "invalid_choice": "Choose where to."},
    )
    workspace_sid = forms.CharField(
        label="Workspace SID",
        help_text="Of a workspace at the task router.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _WORKSPACE},
    )
    workflow_sid = forms.CharField(
        label="Workflow SID",
        required=False,
        help_text="Needed where the workspace has several workflows.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, data: Any = None, *, router: TaskRouter | None) -> None:
        super().__init__(data)
        choices = [(NOWHERE, "Nowhere: only ask the add-ons")]
        if router:
            choices.insert(0, (ROUTER, f"The task router: {router.host}"))
        self.fields["forward"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField has them
        self.fields["forward"].initial = choices[0][0]

    def propose(self, values: dict[str, str]) -> None:
        """Show these values, as an earlier task had them."""
        for name, value in values.items():
            self.fields[name].initial = value

    def clean_attributes(self) -> str:
        """Judged by the API's own parameter, in its words."""
        text = str(self.cleaned_data["attributes"])
        try:
            self.document: dict[str, Any] = JsonObject().run_validation(text)
        except ValidationError as error:
            sentence = next(iter(error.detail))
            raise forms.ValidationError(f"It {sentence}.") from error
        return text

    def clean(self) -> dict[str, Any]:
        """What is not asked for cannot be wrong."""
        given = self.cleaned_data
        if given.get("forward") != ROUTER:
            self.errors.pop("workspace_sid", None)
            return {**given, "workspace_sid": "", "workflow_sid": ""}
        if "workspace_sid" in given and not is_sid(given["workspace_sid"], "WS"):
            self.add_error("workspace_sid", _WORKSPACE)
        if given.get("workflow_sid") and not is_sid(given["workflow_sid"], "WW"):
            self.add_error("workflow_sid", _WORKFLOW)
        return given
