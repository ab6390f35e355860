"""How a field of any Django form is drawn: generated and hand-written forms look and behave the same."""

from django import forms, template
from django.forms.boundfield import BoundField, BoundWidget
from django.utils.safestring import SafeString

register = template.Library()

Problem = tuple[str, str]


@register.filter
def tooltip(field: BoundField) -> str:
    """The text behind the info button: `field.tooltip` of the form field, if it has one."""
    return str(getattr(field.field, "tooltip", ""))


@register.filter
def described_by(field: BoundField) -> str:
    """The ids of everything that explains a field: tooltip, hint and errors."""
    parts = {"tooltip": tooltip(field), "helptext": field.help_text, "error": field.errors}
    return " ".join(f"{field.auto_id}_{part}" for part, present in parts.items() if present)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether the field is one checkbox: its label stands beside it, and it is never called optional."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def is_password(field: BoundField) -> bool:
    """Whether the field's text is hidden while typing."""
    return isinstance(field.field.widget, forms.PasswordInput)


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """The input itself, with its classes and what assistive technology needs."""
    attrs: dict[str, str | bool] = {"class": _classes(field)}
    if described_by(field):
        attrs["aria-describedby"] = described_by(field)
    if field.field.required and not is_checkbox(field):
        attrs["aria-required"] = "true"
    return field.as_widget(attrs=attrs)


@register.simple_tag
def option(widget: BoundWidget, field: BoundField) -> SafeString:
    """One radio button or checkbox of a group."""
    widget.data["attrs"]["class"] = _classes(field)
    return widget.tag()


def _classes(field: BoundField) -> str:
    widget = field.field.widget
    kind = "form-control"
    if isinstance(widget, forms.CheckboxInput | forms.RadioSelect):
        kind = "form-check-input"
    elif isinstance(widget, forms.Select):
        kind = "form-select"
    classes = [kind, widget.attrs.get("class", ""), "is-invalid" if field.errors else ""]
    return " ".join(each for each in classes if each)


@register.simple_tag
def form_groups(form: forms.BaseForm) -> list[tuple[str, list[BoundField]]]:
    """The visible fields in groups with titles; a form that knows no groups has one without a title."""
    groups = getattr(form, "groups", None)
    return groups() if groups else [("", form.visible_fields())]


@register.filter
def has_optional(form: forms.BaseForm) -> bool:
    """Whether any field is marked as optional."""
    return any(not field.field.required and not is_checkbox(field) for field in form.visible_fields())


@register.inclusion_tag("schema_forms/error_summary.html")
def error_summary(*all_forms: forms.BaseForm | None) -> dict[str, list[Problem]]:
    """All problems of the given forms, in reading order, each with the address of its field."""
    return {"problems": [problem for form in all_forms if form for problem in _problems(form)]}


def _problems(form: forms.BaseForm) -> list[Problem]:
    whole = f"#{form.prefix or 'form'}-problems" if form.template_name == "schema_forms/form.html" else ""
    problems = [(whole, str(error)) for error in form.non_field_errors()]
    for field in (field for _, fields in form_groups(form) for field in fields):
        address = f"#{field.id_for_label or field.auto_id + '_0'}"
        problems += [(address, _named(field, str(error))) for error in field.errors]
    return problems


def _named(field: BoundField, message: str) -> str:
    return message if str(field.label) in message else f"{field.label}: {message}"
