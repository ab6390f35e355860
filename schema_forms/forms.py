"""A native Django form for a JSON Schema, and the document it makes."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from schema_forms.faults import Fault, steps
from schema_forms.fields import field_for
from schema_forms.properties import ABSENT, Property, properties_of, text_of
from schema_forms.schemas import Schema


class SchemaForm(forms.Form):
    """Asks for a document that satisfies a schema. The fields read text; the schema is the judge."""

    template_name = "schema_forms/form.html"
    use_required_attribute = False

    def __init__(
        self,
        schema: Schema,
        data: Mapping[str, Any] | None = None,
        *,
        document: Mapping[str, Any] | None = None,
        prefix: str = "configuration",
    ) -> None:
        """`document` holds the present values; without one, the form shows the schema's defaults."""
        super().__init__(data, prefix=prefix)
        self.schema = schema
        self.properties = [_with_present(prop, document) for prop in properties_of(schema.document)]
        self.fields.update({prop.name: field_for(prop) for prop in self.properties})
        self._unknown = {name: value for name, value in (document or {}).items() if name not in self.fields}
        self._document: dict[str, Any] = {}

    def clean(self) -> None:
        """Judge what the fields could read. A fault of the whole may follow from a field they could not."""
        given = {name: value for name, value in self.cleaned_data.items() if value is not ABSENT}
        self._document = {**self._unknown, **given}
        is_complete = not self.errors
        self.add_faults(fault for fault in self.schema.faults(self._document) if fault.path or is_complete)

    def add_faults(self, faults: Iterable[Fault]) -> None:
        """Say each fault at its field, or for the whole form. A field with an error keeps just that one."""
        for fault in faults:
            name = next(iter(steps(fault.path)), None)
            if name not in self.fields:
                self.add_error(None, fault.message)
            elif name not in self.errors:
                self.add_error(name, fault.message)

    def document(self) -> dict[str, Any]:
        """The valid document: only what was given, and unknown properties as they were."""
        if not self.is_valid():
            raise ValueError("There is no document: the form is not valid.")
        return dict(self._document)

    def groups(self) -> list[tuple[str, list[BoundField]]]:
        """The fields by `_group`, those without one first."""
        groups: dict[str, list[BoundField]] = {"": []}
        for prop in self.properties:
            groups.setdefault(text_of(prop.rules, "_group"), []).append(self[prop.name])
        return [(title, fields) for title, fields in groups.items() if fields]


def _with_present(prop: Property, document: Mapping[str, Any] | None) -> Property:
    values, name = (prop.rules, "default") if document is None else (document, prop.name)
    return replace(prop, present=values.get(name, ABSENT))
