"""What a browser gets: labels, descriptions and errors that belong together, nothing a strict CSP forbids."""

import re
from pathlib import Path

import pytest
from django import forms
from django.template import engines
from django.template.loader import render_to_string

from schema_forms.forms import SchemaForm
from schema_forms.schemas import compile_schema

ROOT = Path(__file__).parents[2]
CANARY = "<script>alert('x')</script>"


def form_of(rules, data=None, *, required=()):
    return SchemaForm(compile_schema({"properties": {"x": rules}, "required": list(required)}), data)


def page(template, **context):
    return engines["django"].from_string("{% load schema_forms %}" + template).render(context)


class NameForm(forms.Form):
    """A hand-written form, as the rest of the site has them."""

    template_name = "schema_forms/form.html"
    name = forms.CharField(label="Name", max_length=4, help_text="Short.")
    size = forms.ChoiceField(
        choices=[("s", "Small"), ("l", "Large")], widget=forms.RadioSelect, required=False
    )
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].tooltip = "What people see."


def test_a_field_is_described_by_its_tooltip_its_hint_and_its_error():
    html = str(form_of({"type": "integer", "minimum": 1, "_help": "Voices."}, {"configuration-x": "0"}))
    described = re.search(r'<input[^>]*aria-describedby="([^"]*)"', html)[1].split()
    assert described == [f"id_configuration-x_{part}" for part in ("tooltip", "helptext", "error")]
    assert all(html.count(f'id="{each}"') == 1 for each in described)
    assert 'aria-invalid="true"' in html
    assert 'class="form-control is-invalid"' in html


def test_a_label_belongs_to_its_control():
    html = str(form_of({"type": "string"}))
    assert 'for="id_configuration-x"' in html
    assert 'id="id_configuration-x"' in html


def test_required_is_said_to_readers_but_not_enforced_by_the_browser():
    html = str(form_of({"type": "string", "pattern": "^a", "maxLength": 3}, required=["x"]))
    assert 'aria-required="true"' in html
    assert not re.search(r"<input[^>]*\s(required|pattern|maxlength)\b", html)
    assert "(optional)" not in html


def test_an_optional_field_says_so():
    html = str(form_of({"type": "string"}))
    assert '<span class="sf-optional">(optional)</span>' in html
    assert "Every field is required unless" in html


def test_the_tooltip_is_a_real_button_with_a_tied_text():
    html = str(form_of({"type": "string", "_help": "Why we ask."}))
    assert re.search(r'<button type="button"\s+class="sf-tip-button"\s+aria-label="Help for X"', html)
    assert re.search(r'role="tooltip"\s+id="id_configuration-x_tooltip">.*Why we ask\.', html)
    assert "sf-tip" not in str(form_of({"type": "string"}))


@pytest.mark.parametrize("keyword", ["name", "_help", "description", "_group", "_error"])
def test_a_publishers_words_are_shown_as_text(keyword):
    html = str(form_of({"type": "string", "pattern": "^a", keyword: CANARY}, {"configuration-x": "b"}))
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_choices_and_values_are_shown_as_text():
    labels = str(form_of({"enum": ["a"], "_enum_labels": {"a": CANARY}}))
    values = str(form_of({"type": "string", "default": '"><script>'}))
    assert "<script" not in labels + values


@pytest.mark.parametrize(
    "kind", [{"type": "string"}, {"type": "boolean"}, {"enum": [1]}, {"type": "string", "_secret": True}]
)
def test_nothing_inline_that_the_policy_forbids(kind):
    html = str(form_of({**kind, "_help": "Help."}, {"configuration-x": "?"}))
    assert not re.search(r"\sstyle=|\son\w+=|<script|<style", html)


def test_a_secret_can_be_shown_once_there_is_script():
    html = str(form_of({"type": "string", "_secret": True}))
    assert re.search(r'data-sf-reveal="id_configuration-x"[^>]*hidden', html)


def test_groups_are_fieldsets():
    html = str(form_of({"type": "string", "_group": "More"}))
    assert re.search(r'<fieldset class="sf-group">\s*<legend class="sf-group-title">More</legend>', html)


def test_a_hand_written_form_looks_the_same():
    html = str(NameForm({"name": "far too long", "size": "x"}))
    assert 'aria-describedby="id_name_tooltip id_name_helptext id_name_error"' in html
    assert "What people see." in html
    assert "<legend" in html
    assert html.count('class="form-check-input is-invalid"') == 2
    assert html.count('name="token"') == 1


def test_one_field_can_be_included_by_itself():
    html = render_to_string("schema_forms/field.html", {"field": NameForm()["name"]})
    assert 'for="id_name"' in html


def test_the_summary_counts_and_links_the_problems_of_all_forms():
    first, second = form_of({"type": "integer", "minimum": 1}, {"configuration-x": "0"}), NameForm({})
    html = page("{% error_summary first second %}", first=first, second=second)
    assert "There are 2 problems" in html
    assert re.findall(r'href="([^"]*)">([^<]*)</a>', html) == [
        ("#id_configuration-x", "X: Enter a number of at least 1."),
        ("#id_name", "Name: This field is required."),
    ]
    assert re.search(r'role="alert"\s+tabindex="-1"\s+data-sf-summary', html)


def test_a_label_is_not_said_twice_in_the_summary():
    html = page("{% error_summary form %}", form=form_of({"type": "string"}, {}, required=["x"]))
    assert "There is 1 problem<" in html
    assert ">Enter X.</a>" in html


def test_a_problem_of_the_whole_leads_to_the_top_of_its_form():
    schema = compile_schema({"properties": {"a": {"type": "string"}}, "anyOf": [{"required": ["a"]}]})
    form = SchemaForm(schema, {})
    assert 'href="#configuration-problems"' in page("{% error_summary form %}", form=form)
    assert 'id="configuration-problems"' in str(form)


def test_a_radio_group_is_reached_by_its_first_button():
    html = page("{% error_summary form %}{{ form }}", form=NameForm({"name": "a", "size": "x"}))
    assert 'href="#id_size_0"' in html
    assert 'id="id_size_0"' in html


def test_no_problems_no_summary():
    assert page("{% error_summary form none %}", form=NameForm(), none=None).strip() == ""


def test_the_styles_open_help_without_script_and_never_over_an_error():
    css = (ROOT / "static/schema_forms/schema_forms.css").read_text()
    assert ".sf-tip:hover > .sf-tip-text" in css
    assert ".sf-tip-button:focus-visible + .sf-tip-text" in css
    assert "position: absolute" not in css
    assert "min-width: 1.5rem" in css
