"""How a box of the listing editor is drawn."""

import json
from typing import Any

from django import template
from django.utils.safestring import SafeString

from publishers.editor.forms import Shown

register = template.Library()


@register.simple_tag
def box_control(shown: Shown) -> SafeString:
    """The input of a text, tied to its hint and to the list of what is wrong there."""
    field = shown.field
    if field is None:
        raise ValueError(f"{shown.name} is drawn by its own template")
    described = [f"{field.auto_id}_helptext"] if field.help_text else []
    described.append(f"id_{shown.name}_faults")
    attrs: dict[str, str | bool] = {"class": "form-control", "aria-describedby": " ".join(described)}
    if shown.faults or shown.refused:
        attrs["aria-invalid"] = "true"
    return field.as_widget(attrs=attrs)


@register.filter
def pretty_json(value: Any) -> str:
    """A document as people read it."""
    return json.dumps(value, indent=2, ensure_ascii=False)
