"""The definition editor: nested parts by django-jsonform, the whole judged by the contract's own rules."""

from copy import deepcopy
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django_jsonform.forms.fields import JSONFormField

from publishers.contract.definition import definition_faults
from publishers.contract.points import POINTS, TYPES
from publishers.editor_schemas import SECTIONS
from publishers.models import ListingVersion

JSON_SCHEMAS = ("configuration_schema", "request_schema", "response_schema")
PARTS = ("type", "extensions", *SECTIONS, *JSON_SCHEMAS)


def _editor(section: str) -> JSONFormField:
    """The editor of a nested part. jsonform changes the schema it is given, hence a copy for each form."""
    return JSONFormField(schema=partial(deepcopy, SECTIONS[section]), required=False)


def _json_schema() -> forms.JSONField:
    return forms.JSONField(required=False, widget=forms.Textarea(attrs={"rows": 12, "cols": 80}))


class DefinitionForm(forms.ModelForm[ListingVersion]):
    """Edits a draft. What is left blank is left out of the document."""

    type = forms.ChoiceField(choices=[(name, name) for name in TYPES])
    extensions = forms.MultipleChoiceField(
        choices=[(point.unique_name, point.friendly_name) for point in POINTS.values()],
        widget=forms.CheckboxSelectMultiple,
    )
    request = _editor("request")
    auth = _editor("auth")
    runtime_parameters = _editor("runtime_parameters")
    remove = _editor("remove")
    pricing = _editor("pricing")
    limits = _editor("limits")
    configuration_schema = _json_schema()
    request_schema = _json_schema()
    response_schema = _json_schema()

    class Meta:
        model = ListingVersion
        fields = ["listing"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        definition = self.instance.definition or {}
        self.initial.update({name: definition.get(name) for name in PARTS})

    def clean(self) -> dict[str, Any]:
        """Assemble the definition and put every fault at its section."""
        cleaned = super().clean() or {}
        sections = {name: without_blanks(cleaned.get(name)) for name in PARTS}
        self.instance.definition = {
            name: value for name, value in sections.items() if value not in (None, {}, [])
        }
        faults = definition_faults(self.instance.definition, allow_http_hosts=settings.OUTBOUND_ALLOWED_HOSTS)
        for fault in faults:
            section = fault.path.split("/")[1] if fault.path else ""
            self.add_error(
                section if section in self.fields else None, f"{fault.path or '/'}: {fault.message}"
            )
        return cleaned


def without_blanks(value: Any) -> Any:
    """The editor sends every box, empty or not: drop empty texts, nulls and what they leave empty."""
    match value:
        case dict():
            kept = {name: without_blanks(each) for name, each in value.items()}
            return {name: each for name, each in kept.items() if each not in ("", None, [], {})}
        case list():
            return [kept for each in value if (kept := without_blanks(each)) not in ("", None, {})]
    return value
