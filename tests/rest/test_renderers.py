"""JSON, XML and CSV (contract 4.6): whatever a value holds, each format is read back as it was meant."""

import csv
import io
import json
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rest.renderers import NOT_IN_XML, PHONE_NUMBER, Csv, Json, Xml, pascal_case

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
# What starts a formula, and what each format could trip over, more often than chance would have it.
TEXT = st.one_of(
    ANY_TEXT,
    st.tuples(st.sampled_from("=+-@\t\r\n＝＋－＠'\"<&]\x00\ud800\ufffe"), ANY_TEXT).map("".join),
    st.from_regex(r"\+[0-9]{1,16}\n?", fullmatch=True),
)
CALL = "/2010-04-01/Accounts/AC1/Recordings/RE1/AddOnResults"


class OutFields:
    """Stands in for a serializer class: an empty CSV list asks it for the columns."""

    fields = {"sid": None, "date_completed": None}


def view(**changes: Any) -> SimpleNamespace:
    values: dict[str, Any] = {
        "collection_key": "add_on_results",
        "resource_name": "add_on_result",
        "free_form": ("configuration",),
        "get_serializer_class": lambda: OutFields,
    }
    return SimpleNamespace(**{**values, **changes})


def render(kind: Any, data: Any, *, error: bool = False) -> bytes:
    context = {"view": view(), "response": SimpleNamespace(exception=error)}
    return bytes(kind().render(data, None, context))


def page(*rows: dict[str, Any]) -> dict[str, Any]:
    return {
        "end": max(len(rows) - 1, 0),
        "first_page_uri": f"{CALL}?PageSize=50&Page=0",
        "next_page_uri": None,
        "page": 0,
        "page_size": 50,
        "previous_page_uri": None,
        "add_on_results": list(rows),
        "start": 0,
        "uri": f"{CALL}?PageSize=50&Page=0",
    }


def cells(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode(), newline=""), strict=True))


def legal(text: str) -> str:
    return NOT_IN_XML.sub("\ufffd", text)


# --- Whatever a text holds -------------------------------------------------------------------


@given(TEXT)
def test_any_text_is_read_back_from_xml(text: str) -> None:
    data = page({"sid": text, "inner": {"key": text}}) | {"uri": text}
    root = ET.fromstring(render(Xml, data))[0]
    assert (root[0].findtext("Sid"), root[0].findtext("Inner/Key"), root.get("uri")) == (legal(text),) * 3


@given(TEXT)
def test_any_text_is_read_back_from_csv_and_is_never_a_formula(text: str) -> None:
    cell = cells(render(Csv, {"sid": text, "after": "x"}))[0]
    shown = cell["Sid"]
    assert cell["After"] == "x"
    assert shown.removeprefix("'") == legal(text).removeprefix("'")
    assert PHONE_NUMBER.fullmatch(shown) or not shown.startswith(tuple("=+-@\t\r＝＋－＠"))


@given(TEXT)
def test_any_text_is_read_back_from_json(text: str) -> None:
    # Two halves beside each other are a whole character, in JSON as everywhere.
    joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    assert json.loads(render(Json, {"sid": text})) == {"sid": joined}


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | TEXT, lambda inner: st.dictionaries(TEXT, inner))
)
def test_any_configuration_is_json_text_in_xml_and_csv(document: Any) -> None:
    data = {"configuration": {"value": document}}
    from_xml = ET.fromstring(render(Xml, data)).findtext("AddOnResult/Configuration")
    from_csv = cells(render(Csv, data))[0]["Configuration"]
    assert from_xml == from_csv
    if NOT_IN_XML.search(json.dumps(document, ensure_ascii=False)) is None:
        assert json.loads(str(from_xml)) == {"value": document}


# --- Shapes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "element"),
    [
        (None, "<DateCompleted/>"),
        ("", "<DateCompleted/>"),
        (True, "<DateCompleted>true</DateCompleted>"),
        (False, "<DateCompleted>false</DateCompleted>"),
        (0, "<DateCompleted>0</DateCompleted>"),
        (2**70, f"<DateCompleted>{2**70}</DateCompleted>"),
        ({"a_b": "x"}, "<DateCompleted><AB>x</AB></DateCompleted>"),
        (["x", 1], '<DateCompleted>["x",1]</DateCompleted>'),
        ("a\r\nb", "<DateCompleted>a&#13;\nb</DateCompleted>"),
        ("<&>\x00\ud800", "<DateCompleted>&lt;&amp;&gt;\ufffd\ufffd</DateCompleted>"),
    ],
)
def test_each_kind_of_value_has_its_element(value: Any, element: str) -> None:
    assert render(Xml, {"date_completed": value}).decode() == (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        f"<TwilioResponse><AddOnResult>{element}</AddOnResult></TwilioResponse>\n"
    )


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, "true"),
        (-5, "-5"),
        ("+14155552671", "+14155552671"),
        ("+1 415", "'+1 415"),
        ("+", "'+"),
        ("+14155552671\n", "'+14155552671\n"),
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("＝1", "'＝1"),
        ("\t=1", "'\t=1"),
        ({"a": "=1"}, '{"a":"=1"}'),
        ('say "hi", twice\r\n', 'say "hi", twice\r\n'),
    ],
)
def test_each_kind_of_value_has_its_cell(value: Any, cell: str) -> None:
    assert cells(render(Csv, {"sid": value, "end": "x"})) == [{"Sid": cell, "End": "x"}]


def test_a_list_has_its_page_as_attributes_in_order() -> None:
    uri = f"{CALL}?PageSize=50&amp;Page=0"
    start = (
        f'<AddOnResults page="0" pagesize="50" uri="{uri}" firstpageuri="{uri}" previouspageuri="" '
        'nextpageuri="" start="0" end='
    )
    assert f'{start}"0"/>' in render(Xml, page()).decode()
    two = render(Xml, page({"sid": "1"}, {"sid": "2"})).decode()
    assert f'{start}"1"><AddOnResult><Sid>1</Sid></AddOnResult><AddOnResult><Sid>2</Sid>' in two


def test_a_csv_list_has_a_header_and_a_line_for_each_row() -> None:
    assert render(Csv, page({"sid": "1"}, {"sid": "2"})) == b"Sid\r\n1\r\n2\r\n"
    assert render(Csv, page()) == b"Sid,DateCompleted\r\n"


@pytest.mark.parametrize("kind", [Json, Xml, Csv])
def test_nothing_is_an_empty_body(kind: Any) -> None:
    assert kind().render(None) == b""


def test_an_error_has_four_values_in_xml_and_csv() -> None:
    body = {"code": 20001, "message": "=<Bad>", "more_info": "https://x", "status": 400, "params": {}}
    assert render(Xml, body, error=True).endswith(
        b"<TwilioResponse><RestException><Code>20001</Code><Message>=&lt;Bad&gt;</Message>"
        b"<MoreInfo>https://x</MoreInfo><Status>400</Status></RestException></TwilioResponse>\n"
    )
    assert render(Csv, body, error=True) == (
        b"Code,Message,MoreInfo,Status\r\n20001,'=<Bad>,https://x,400\r\n"
    )


@pytest.mark.parametrize(("name", "pascal"), [("sid", "Sid"), ("add_on_sid", "AddOnSid"), ("uri", "Uri")])
def test_names_become_pascal_case(name: str, pascal: str) -> None:
    assert pascal_case(name) == pascal
