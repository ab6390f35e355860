"""Hostile definitions and files, by every way into a draft: refused with a sentence, in little time, whole.

Ways: the boxes of the editor, its saves by themselves, a pasted answer, an OpenAPI file and a listing file,
as text and as upload. What a submission demands is asked of each draft that could be stored.
"""

import gzip
import io
import json
import re
import time
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Self

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from publishers.contract.check import check
from publishers.contract.definition import compiled, definition_faults
from publishers.contract.errors import ContractError
from publishers.models import Listing, ListingVersion
from tests.factories import make_definition
from tests.pages import text
from tests.publishers.editor.drafts import console_for, make_draft, save

pytestmark = pytest.mark.django_db

MAX_CPU_SECONDS: Final = 1.0
PNG: Final = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
LAUGHS: Final = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


def with_property(**rules: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": {"type": "string", **rules}}}


SCHEMAS: Final = {
    "70 KB": with_property(description="x" * 70_000),
    "100 deep": nested(100),
    "5,000 deep": '{"properties": {"a": ' * 5_000 + "{}" + "}}" * 5_000,
    "50,000 values": with_property(enum=[f"v{number}" for number in range(50_000)]),
    "9,000 properties": {"type": "object", "properties": {f"p{each}": {} for each in range(9_000)}},
    "huge repetition": with_property(pattern="(a{1,1000}){1,1000}"),
    "by http": with_property(**{"$ref": "http://169.254.169.254/latest/meta-data"}),
    "by file": with_property(**{"$ref": "file:///etc/passwd"}),
    "to itself": {"$ref": "#"},
    "in a circle": {
        "$ref": "#/definitions/a",
        "definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}},
    },
    "grows": {
        "definitions": {f"d{n}": {"allOf": [{"$ref": f"#/definitions/d{n + 1}"}] * 9} for n in range(9)},
        "$ref": "#/definitions/d0",
    },
    "not a number": '{"type": "object", "minProperties": NaN}',
    "infinite": '{"type": "object", "minProperties": 1e999}',
    "twice": '{"type": "object", "type": "string"}',
    "half a character": '{"type": "object", "description": "\\ud800"}',
    "NUL": '{"type": "object", "description": "a\\u0000b"}',
    "a number of 5,000 digits": '{"type": "object", "minProperties": ' + "9" * 5_000 + "}",
    "no object": "[1, 2]",
    "cut off": '{"type": "object"',
}
# They are taken, since they are run in a time that grows with the text alone, or broken off.
SLOW: Final = {
    "in itself": with_property(pattern="^(a+)+$"),
    "of alternatives": with_property(pattern="^(a|a)*$"),
    "behind": with_property(pattern="(?<=a+)b"),
    "ahead": with_property(pattern="^(?=(a+)+$)"),
    "again": with_property(pattern=r"^(a+)+\1$"),
    "of names": {"type": "object", "patternProperties": {"^(a+)+$": {"type": "string"}}},
}
URLS: Final = (
    "http://169.254.169.254/latest/meta-data",
    "https://169.254.169.254/",
    "https://[fd00:ec2::254]/",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://10.0.0.1/",
    "https://192.168.1.1:8443/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://localhost/",
    "https://user:password@example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "javascript:canary(1)",
    "//example.com/",
    "https://{{primary_address}}/",
    "https://example.com:{{primary_address}}/",
    "https://exa\tmple.com/",
    "https://example.com/\r\nX-Evil: 1",
    "https://" + "a" * 3_000 + ".example/",
)


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("openapi.json", bytes(10_000_000))
    return file.getvalue()


FILES: Final = {
    "PNG": PNG,
    "zip": zipped(),
    "gzip bomb": gzip.compress(bytes(10_000_000)),
    "UTF-16": json.dumps(make_definition()).encode("utf-16"),
    "UTF-32": json.dumps(make_definition()).encode("utf-32"),
    "Latin 1": '{"type": "größer"}'.encode("latin-1"),
    "5 MB": b'{"type": "' + b"x" * 5_000_000 + b'"}',
    "5 MB of braces": b"[" * 5_000_000,
    "deep": b'{"type":' * 100_000,
    "empty": b"",
    "blanks": b" " * 1_000,
    "NaN": b'{"type": "phone-number", "request": NaN}',
    "twice": b'{"type": "phone-number", "type": "phone-number", "request": {}}',
    "half a character": b'{"type": "\\ud800", "request": {}}',
    "raw half a character": b'{"type": "\xed\xa0\x80", "request": {}}',
    "a list": b"[]",
    "a word": b'"openapi"',
    "aliases": LAUGHS.encode(),
    "an object of Python": b"!!python/object/apply:os.system [ls]",
    "script": b"<script>canary(1)</script>",
}


@pytest.fixture
def draft() -> tuple[Listing, ListingVersion]:
    return make_draft()


@pytest.fixture
def browser(draft: tuple[Listing, ListingVersion]) -> Client:
    """Answers 500 as a server would, instead of raising."""
    client = console_for(draft[0])
    client.raise_request_exception = False
    return client


@dataclass(frozen=True)
class Reply:
    """What a publisher answered."""

    body: bytes
    status: int = 200


class Watch:
    """How much of the processor a block took."""

    def __enter__(self) -> Self:
        self.began = time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.process_time() - self.began

    @property
    def is_quick(self) -> bool:
        return self.seconds < MAX_CPU_SECONDS


def written(schema: Any) -> str:
    return schema if isinstance(schema, str) else json.dumps(schema)


def stored_of(version: ListingVersion) -> Any:
    return ListingVersion.objects.get(pk=version.pk).definition


PARTS: Final = {
    "configuration_schema": "configuration",
    "request_schema": "validation",
    "response_schema": "response",
}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_a_hostile_schema_is_refused_in_the_editor_or_told_as_a_fault(
    browser: Client, draft: tuple[Listing, ListingVersion], part: str, schema: Any
) -> None:
    """What can be stored at all stays a draft, whose box says what is wrong; it cannot be submitted."""
    listing, version = draft
    for headers in ({}, {"accept": "application/json"}):
        with Watch() as watch:
            sent = {f"{part}-json": written(schema)}
            answer = save(browser, listing, PARTS[part], sent, **headers)
        assert (answer.status_code, watch.is_quick) in {(200, True), (302, True), (400, True)}, watch.seconds
    with Watch() as watch:
        page = browser.get(f"/publish/listings/{listing.sid}/edit/{PARTS[part]}/")
    assert (page.status_code, watch.is_quick) == (200, True), watch.seconds
    stored = stored_of(version)
    if stored == make_definition():
        told = answer.json()
        assert told.get("message") or told["refused"][part]
    else:
        assert definition_faults(stored)
        assert answer.json()["faults"][part]


@pytest.mark.parametrize("url", URLS)
def test_an_address_that_must_not_be_asked_is_a_fault_of_the_draft(
    browser: Client, draft: tuple[Listing, ListingVersion], settings: Any, url: str
) -> None:
    listing, version = draft
    settings.OUTBOUND_ALLOWED_HOSTS = []
    sent = {"request-json": json.dumps({"method": "GET", "url": url})}
    answer = save(browser, listing, "request", sent, accept="application/json").json()
    assert answer["faults"]["request"] or answer["refused"]["request"]
    assert definition_faults(stored_of(version)) or stored_of(version) == make_definition()


@pytest.mark.parametrize("schema", SLOW.values(), ids=SLOW)
def test_a_slow_pattern_is_refused_or_judges_every_answer_in_little_time(schema: Any) -> None:
    document = make_definition(response_schema=schema)
    if definition_faults(document):
        return
    definition = compiled(document)
    for body in ({"a": "a" * 30_000 + "!"}, {"a": "ab" * 15_000}, {"a" * 30_000 + "!": 1}):
        with Watch() as watch, suppress(ContractError):
            check(Reply(json.dumps(body).encode()), definition)
        assert watch.is_quick, watch.seconds


WAYS: Final = {"openapi": "/publish/listings/new/openapi/", "file": "/publish/listings/new/file/"}


@pytest.mark.parametrize("is_upload", [True, False], ids=["upload", "pasted"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_a_file_that_is_not_what_it_says_is_refused_with_a_sentence(
    browser: Client, draft: tuple[Listing, ListingVersion], content: bytes, way: str, is_upload: bool
) -> None:
    sent: dict[str, Any] = {"target": "new", "name": "N"}
    if is_upload:
        sent["file"] = SimpleUploadedFile("definition.json", content, content_type="application/json")
    else:
        sent["text"] = content.decode("utf-8", "replace")
    with Watch() as watch:
        answer = browser.post(WAYS[way], sent)
    assert watch.is_quick, watch.seconds
    if "\ufffd" in sent.get("text", "") and answer.status_code == 302:
        return  # pasted, it is Unicode: there is nothing wrong with it any more
    assert is_refused(answer)
    assert Listing.objects.get() == draft[0]


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_a_hostile_schema_in_a_file_ends_in_a_refusal_or_a_faulty_draft(
    browser: Client, draft: tuple[Listing, ListingVersion], schema: Any
) -> None:
    parts = json.dumps({**make_definition(), "configuration_schema": None})
    document = parts.replace('"configuration_schema": null', f'"configuration_schema": {written(schema)}')
    with Watch() as watch:
        answer = browser.post(WAYS["file"], {"text": document, "target": "new", "name": "N"})
    assert watch.is_quick, watch.seconds
    made = Listing.objects.exclude(pk=draft[0].pk)
    assert is_refused(answer) or definition_faults(made.get().versions.get().definition)
    assert made.count() == (answer.status_code == 302)


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_a_hostile_schema_in_an_openapi_file_never_reaches_the_draft(
    browser: Client, draft: tuple[Listing, ListingVersion], schema: Any
) -> None:
    content = {"200": {"content": {"application/json": {"schema": "HERE"}}}}
    document = {
        "openapi": "3.0.0",
        "info": {"title": "T", "version": "1"},
        "servers": [{"url": "https://169.254.169.254"}],
        "paths": {"/a": {"get": {"responses": content}}},
    }
    sent = json.dumps(document).replace('"HERE"', written(schema))
    with Watch() as watch:
        answer = browser.post(WAYS["openapi"], {"text": sent, "operation": "GET /a", "type": "phone-number"})
    assert watch.is_quick, watch.seconds
    made = Listing.objects.exclude(pk=draft[0].pk)
    assert made.count() == (answer.status_code == 302)
    if answer.status_code == 302:
        faults = definition_faults(made.get().versions.get().definition)
        assert {fault.path for fault in faults} == {"/request/url"}  # the address alone
    else:
        assert is_refused(answer)


@pytest.mark.parametrize("content", [*FILES.values(), *map(written, SCHEMAS.values())])
def test_what_is_no_answer_is_refused_where_one_is_pasted(
    browser: Client, draft: tuple[Listing, ListingVersion], content: bytes | str
) -> None:
    """Some of the schemas are answers as well: then the page shows what would become of them."""
    listing, version = draft
    pasted = content if isinstance(content, str) else content.decode("utf-8", "replace")
    with Watch() as watch:
        answer = browser.post(f"/publish/listings/{listing.sid}/infer/", {"answer": pasted})
    assert watch.is_quick, watch.seconds
    assert is_refused(answer) or answer.context["looked"]
    assert stored_of(version) == make_definition()


def is_refused(answer: Any) -> bool:
    """A page with a sentence about what is wrong, or a plain refusal of what is too large."""
    if answer.status_code in (400, 413):
        return bool(text(answer))
    context = answer.context or {}
    said = [context.get("refusal"), *getattr(context.get("form"), "errors", {}).values()]
    return answer.status_code == 200 and any(re.search("[a-z]{2}", str(each)) for each in said if each)
