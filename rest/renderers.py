"""The formats an answer can have (contract 2.3 and 4.6), also when an error is answered without a view.

JSON is the answer as it is. XML and CSV take their names from the view: `collection_key` names the list,
`resource_name` one row, and `free_form` the keys whose value is a document of somebody else, which goes
out as JSON text. Two things are replaced, here and nowhere else: a character that XML cannot hold becomes
U+FFFD in XML and CSV, and a CSV cell that a spreadsheet would run as a formula gets an apostrophe.
"""

import csv
import io
import json
import re
from collections.abc import Collection, Mapping
from typing import Any
from xml.sax.saxutils import escape

import orjson
from rest_framework.renderers import BaseRenderer, JSONRenderer

Resource = Mapping[str, Any]

XML_DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>\n"
# What XML 1.0 calls a character. Everything else, such as NUL, cannot even be written as a reference.
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# A parser would turn these into spaces or newlines if they stood there as they are.
IN_ATTRIBUTES = {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
# Every list carries these, in this order; XML has them as attributes.
PAGE_ATTRIBUTES = {
    "page": "page",
    "pagesize": "page_size",
    "uri": "uri",
    "firstpageuri": "first_page_uri",
    "previouspageuri": "previous_page_uri",
    "nextpageuri": "next_page_uri",
    "start": "start",
    "end": "end",
}
# A spreadsheet runs a cell that starts with one of these; full-width forms are folded to the plain ones.
FORMULA = re.compile("[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")
PHONE_NUMBER = re.compile(r"\+[0-9]{1,15}")


class Json(JSONRenderer):
    """JSON, written by orjson."""

    charset = None
    # Only for what orjson refuses. Escapes are valid whatever the text holds.
    ensure_ascii = True

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """No data is an empty body: a deletion has none."""
        if data is None:
            return b""
        try:
            return orjson.dumps(data)
        except TypeError:  # an integer of more than 64 bits, which a configuration may hold
            return bytes(super().render(data, accepted_media_type, renderer_context))


class Xml(BaseRenderer):
    """XML: elements in PascalCase, the page of a list as attributes."""

    media_type, format, charset = "application/xml", "xml", None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if data is None:
            return b""
        context = renderer_context or {}
        if context["response"].exception:
            return xml_error(data)
        view = context["view"]
        return xml_document(_xml_content(data, view))


class Csv(BaseRenderer):
    """CSV as RFC 4180 has it: a header row, then one row for each resource."""

    media_type, format, charset = "text/csv", "csv", "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if data is None:
            return b""
        context = renderer_context or {}
        if context["response"].exception:
            return csv_error(data)
        view = context["view"]
        rows = data[view.collection_key] if _is_list(data, view) else [data]
        # An empty list has a header too, and only the serializer knows it.
        names = list(rows[0]) if rows else list(view.get_serializer_class()().fields)
        return csv_table(names, rows)


def xml_document(content: str) -> bytes:
    """A whole answer round elements that are already written."""
    text = f"{XML_DECLARATION}<TwilioResponse>{content}</TwilioResponse>\n"
    return text.encode()


def xml_element(name: str, value: Any, *, free_form: Collection[str] = ()) -> str:
    """One key and its value. Nothing, and empty text, are an empty element."""
    tag = pascal_case(name)
    if isinstance(value, Mapping) and name not in free_form:
        content = "".join(xml_element(str(key), inner, free_form=free_form) for key, inner in value.items())
    else:
        # A carriage return would reach the reader as a line feed.
        content = escape(_legal(_text(value)), {"\r": "&#13;"})
    return f"<{tag}>{content}</{tag}>" if content else f"<{tag}/>"


def xml_error(body: Resource) -> bytes:
    """An error body as XML (contract 2.7)."""
    return xml_document(xml_element("rest_exception", _four(body)))


def csv_table(names: Collection[str], rows: Collection[Resource]) -> bytes:
    """A header of PascalCase names and the rows under it."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([pascal_case(name) for name in names])
    writer.writerows([[_cell(row[name]) for name in names] for row in rows])
    return target.getvalue().encode()


def csv_error(body: Resource) -> bytes:
    """An error body as CSV: a header and one row."""
    return csv_table(list(_four(body)), [body])


def json_text(value: Any) -> str:
    """A document as compact JSON text."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # as in `Json`
        return json.dumps(value, separators=(",", ":"))


def pascal_case(name: str) -> str:
    """`add_on_result` becomes `AddOnResult`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _xml_content(data: Resource, view: Any) -> str:
    if not _is_list(data, view):
        return xml_element(view.resource_name, data, free_form=view.free_form)
    attributes = "".join(
        f' {name}="{escape(_legal(_text(data[key])), IN_ATTRIBUTES)}"'
        for name, key in PAGE_ATTRIBUTES.items()
    )
    rows = "".join(
        xml_element(view.resource_name, row, free_form=view.free_form) for row in data[view.collection_key]
    )
    tag = pascal_case(view.collection_key)
    return f"<{tag}{attributes}>{rows}</{tag}>" if rows else f"<{tag}{attributes}/>"


def _is_list(data: Resource, view: Any) -> bool:
    return "first_page_uri" in data and view.collection_key in data


def _four(body: Resource) -> dict[str, Any]:
    """What an error body always has. `params` is an addition of JSON bodies."""
    return {name: body[name] for name in ("code", "message", "more_info", "status")}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json_text(value)


def _legal(text: str) -> str:
    return NOT_IN_XML.sub(REPLACEMENT, text)


def _cell(value: Any) -> str:
    text = _legal(_text(value))
    # A negative number is a number; only somebody's text can be a formula.
    if isinstance(value, str) and FORMULA.match(text) and not PHONE_NUMBER.fullmatch(text):
        return f"'{text}"
    return text
