"""OpenAPI files: what is taken over, what is told, and what is refused."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from publishers.contract.definition import definition_faults
from publishers.editor.openapi_document import (
    BadOpenApi,
    RemoteReference,
    operations_of,
    read_openapi,
)
from publishers.editor.openapi_import import Imported, guessed_type, imported
from publishers.models import Listing, Publisher
from tests.factories import make_account, make_user
from tests.pages import console_of, is_sent_to_sign_in, text, viewer_of

URL = "/publish/listings/new/openapi/"
YAML = """
openapi: 3.0.3
info: {title: Number Scout, version: "1", description: Tells about a number.}
servers:
  - url: https://{region}.scout.example/v2
    variables: {region: {default: eu}}
security: [{ApiKey: []}]
paths:
  /numbers/{phone}/{detail}:
    parameters:
      - {name: phone, in: path, required: true, schema: {type: string, pattern: "^\\\\+"}}
    get:
      summary: Look a number up
      parameters:
        - {name: detail, in: path, required: true, schema: {$ref: "#/components/schemas/Detail"}}
        - {name: format, in: query, schema: {type: string, enum: [json]}}
        - {name: X-Request-Id, in: header, schema: {type: string}}
        - {name: session, in: cookie, schema: {type: string}}
        - {$ref: "#/components/parameters/Lang"}
      responses:
        200:
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Facts"}
components:
  securitySchemes:
    ApiKey: {type: apiKey, in: query, name: apikey}
  parameters:
    Lang: {name: lang, in: query, description: Of the names., schema: {$ref: "#/components/schemas/Lang"}}
  schemas:
    Lang: {type: string, enum: [en, de], default: en}
    Detail: {type: string, enum: [short, full], default: short}
    Facts:
      type: object
      required: [carrier]
      properties:
        carrier: {type: string, nullable: true}
        score: {type: number, minimum: 0, exclusiveMinimum: true, example: 3}
        related: {type: array, items: {$ref: "#/components/schemas/Facts"}}
"""


def draft_of(source: str | dict[str, Any], *, type_name: str = "", at: int = 0) -> Imported:
    document = read_openapi(source if isinstance(source, str) else json.dumps(source))
    operation = operations_of(document)[at]
    return imported(document, operation, type_name or guessed_type(document, operation))


def openapi(operation: dict[str, Any], *, method: str = "post", **members: Any) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Service"},
        "servers": [{"url": "https://service.example"}],
        "paths": {"/analyse": {method: operation}},
        **members,
    }


def body(kind: str, properties: dict[str, Any], **members: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, **members}
    return {"requestBody": {"content": {kind: {"schema": schema}}}}


def test_a_lookup_by_get_is_taken_over_whole() -> None:
    draft = draft_of(YAML)
    assert draft.definition["request"] == {
        "method": "GET",
        "url": "https://eu.scout.example/v2/numbers/{{primary_address}}/{{detail}}",
        "query": [
            {"name": "format", "value": "json"},
            {"name": "lang", "value": "{{lang}}"},
            {"name": "apikey", "credential": "api_key"},
        ],
        "headers": [{"name": "X-Request-Id", "value": "{{request_sid}}"}],
    }
    assert definition_faults(draft.definition) == []
    assert (draft.name, draft.short_description) == ("Number Scout", "Tells about a number.")
    assert any("cookie session" in note for note in draft.notes)


def test_what_is_no_field_of_the_event_becomes_a_setting() -> None:
    schema = draft_of(YAML).definition["configuration_schema"]
    lang = {"type": "string", "name": "Lang", "_help": "Of the names.", "enum": ["en", "de"], "default": "en"}
    assert schema["properties"]["lang"] == lang
    assert schema["required"] == ["detail"]


def test_the_rules_of_a_field_of_the_event_become_the_request_schema() -> None:
    assert draft_of(YAML).definition["request_schema"] == {
        "type": "object",
        "properties": {"primary_address": {"type": "string", "pattern": "^\\+"}},
        "required": ["primary_address"],
    }


def test_the_answers_schema_is_written_out_in_draft_7_without_its_cycle() -> None:
    assert draft_of(YAML).definition["response_schema"] == {
        "type": "object",
        "required": ["carrier"],
        "properties": {
            "carrier": {"type": ["string", "null"]},
            "score": {"type": "number", "exclusiveMinimum": 0},
            "related": {"type": "array", "items": {}},
        },
    }


def test_a_message_by_json_with_a_bearer_token() -> None:
    operation = body(
        "application/json",
        {"text": {"type": "string"}, "top": {"type": "integer"}, "meta": {"type": "object"}},
        required=["text"],
    )
    schemes = {"securitySchemes": {"Login": {"type": "http", "scheme": "bearer"}}}
    draft = draft_of(openapi({**operation, "security": [{"Login": []}]}, components=schemes))
    assert draft.definition["type"] == "message-analysis"
    assert draft.definition["auth"] == {"kind": "bearer", "token": "token"}
    assert draft.definition["request"]["body"] == {
        "kind": "json",
        "fields": [
            {"name": "text", "value": "{{body}}", "required": True},
            {"name": "top", "value": "{{top}}"},
        ],
    }
    assert any("meta is nested" in note for note in draft.notes)
    assert definition_faults(draft.definition) == []


def test_a_recording_by_multipart() -> None:
    fields = {"file": {"type": "string", "format": "binary"}, "callback_url": {"type": "string"}}
    draft = draft_of(openapi(body("multipart/form-data", fields, required=["file"])))
    assert draft.definition["type"] == "recording-analysis"
    assert draft.definition["request"]["body"]["fields"] == [
        {"name": "file", "value": "{{audio_data}}", "required": True},
        {"name": "callback_url", "value": "{{callback_url}}"},
    ]
    assert definition_faults(draft.definition) == []


def test_raw_audio() -> None:
    draft = draft_of(openapi({"requestBody": {"content": {"audio/x-wav": {}}}}))
    assert draft.definition["request"]["body"] == {"kind": "raw"}
    assert definition_faults(draft.definition) == []


def test_openapi_2_has_its_own_places() -> None:
    draft = draft_of(
        {
            "swagger": "2.0",
            "info": {"title": "Old"},
            "host": "old.example",
            "basePath": "/v1",
            "securityDefinitions": {"b": {"type": "basic"}},
            "security": [{"b": []}],
            "paths": {
                "/send": {
                    "post": {
                        "consumes": ["application/x-www-form-urlencoded"],
                        "parameters": [
                            {"name": "phone", "in": "formData", "type": "string", "required": True},
                            {"name": "depth", "in": "formData", "type": "integer", "maximum": 3},
                        ],
                        "responses": {"200": {"schema": {"type": "object", "required": ["a"]}}},
                    }
                }
            },
        }
    )
    assert draft.definition["request"] == {
        "method": "POST",
        "url": "https://old.example/v1/send",
        "body": {
            "kind": "form",
            "fields": [
                {"name": "phone", "value": "{{primary_address}}", "required": True},
                {"name": "depth", "value": "{{depth}}"},
            ],
        },
    }
    assert draft.definition["auth"]["kind"] == "basic"
    assert draft.definition["response_schema"] == {"type": "object", "required": ["a"]}
    assert definition_faults(draft.definition) == []


@pytest.mark.parametrize(
    ("members", "note"),
    [
        ({"servers": [{"url": "/v1"}]}, "names no server"),
        (
            {"security": [{"m": []}], "components": {"securitySchemes": {"m": {"type": "mutualTLS"}}}},
            "not known here",
        ),
    ],
    ids=["server", "security"],
)
def test_what_cannot_be_taken_over_is_told(members: dict[str, Any], note: str) -> None:
    draft = draft_of(openapi({}, method="get", **members))
    assert any(note in each for each in draft.notes)
    assert definition_faults(draft.definition) == []


@pytest.mark.parametrize(
    ("schema", "note"),
    [
        ({"type": "array"}, "no object"),
        ({"type": "object", "properties": {"a": {"pattern": "("}}}, "left out"),
    ],
    ids=["list", "pattern"],
)
def test_an_answer_we_could_not_judge_is_left_out(schema: dict[str, Any], note: str) -> None:
    answer = {"responses": {"default": {"content": {"application/json": {"schema": schema}}}}}
    draft = draft_of(openapi(answer, method="get"))
    assert "response_schema" not in draft.definition
    assert any(note in each for each in draft.notes)


REMOTE = ("https://evil.example/a.json", "other.yaml#/A", "file:///etc/passwd", "//evil.example/x")


@pytest.mark.parametrize("reference", REMOTE)
def test_nothing_is_ever_fetched(reference: str) -> None:
    """No socket is opened: tests have none but to the loopback, and no door to the network is imported."""
    parameter = {"parameters": [{"name": "a", "in": "query", "schema": {"$ref": reference}}]}
    with pytest.raises(RemoteReference, match="nothing is fetched"):
        draft_of(openapi(parameter, method="get"))
    with pytest.raises(RemoteReference, match="nothing is fetched"):
        draft_of({"openapi": "3.0.0", "paths": {"/a": {"$ref": reference}}})


def test_cycles_and_what_grows_without_bounds_end() -> None:
    circle = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}
    wide = {
        f"L{level}": {
            "type": "object",
            "properties": {name: {"$ref": f"#/components/schemas/L{level + 1}"} for name in "abcdef"},
        }
        for level in range(20)
    }
    components = {"schemas": {**circle, **wide}}
    for name in ("A", "L0"):
        answer = {"schema": {"$ref": f"#/components/schemas/{name}"}}
        operation = {"responses": {"200": {"content": {"application/json": answer}}}}
        draft = draft_of(openapi(operation, method="get", components=components))
        assert len(json.dumps(draft.definition)) < 200_000


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "\n".join(
    f"{chr(98 + index)}: &{chr(98 + index)} [{','.join([f'*{chr(97 + index)}'] * 9)}]" for index in range(8)
)


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("", "must be an object"),
        ("just text", "must be an object"),
        ("{not json", "cannot be read"),
        ("a: [b", "neither JSON nor YAML"),
        (f"openapi: 3.0.0\n{BOMB}", "YAML alias"),
        ("openapi: 3.0.0\na: " + "[" * 200 + "]" * 200, "levels"),
        ("openapi: 3.0.0\na: [" + "1," * 60_000 + "]", "50,000 values"),
        ("a: !!python/object/apply:os.system [ls]", "neither JSON nor YAML"),
        ("a: 2026-99-99", "cannot be read"),
        ("openapi: 3.0.0\n#" + "x" * 524_288, "cut it down"),
        ("openapi: 3.0.0\npaths: {}", "no operation"),
        ("openapi: 3.0.0\npaths: {/a: {delete: {}}}", "no operation"),
        ("raml: 1", "no OpenAPI file"),
        ("openapi: 9", "no OpenAPI file"),
    ],
    ids=lambda value: value[:20] if len(value) < 60 else "",
)
def test_what_nothing_can_be_made_of_is_refused(pasted: str, said: str) -> None:
    with pytest.raises(BadOpenApi, match=said):
        operations_of(read_openapi(pasted))


@pytest.mark.parametrize(
    "document",
    [
        {"openapi": "3.0.0", "paths": {"/a": {"get": {"parameters": 3, "responses": [], "security": {}}}}},
        {"openapi": "3.0.0", "paths": {"/a/{": {"get": {"parameters": [None, {"name": 3, "in": []}]}}}},
        {"openapi": "3.0.0", "servers": {"url": 1}, "paths": {"a{b}c": {"post": {"requestBody": "x"}}}},
        {"openapi": "3.0.0", "info": [], "servers": [{"url": "https://[x"}], "paths": {"": {"put": {}}}},
        {"swagger": 2.0, "host": "{evil}", "paths": {"/\u0000": {"get": {"security": [3]}}}},
    ],
    ids=range(5),
)
def test_a_file_of_any_shape_gives_a_draft(document: dict[str, Any]) -> None:
    draft = draft_of(document)
    assert draft.definition["type"] == "phone-number"
    assert draft.name


def test_names_and_dates_of_yaml_are_plain() -> None:
    document = read_openapi("openapi: 3.0.0\non: {200: 2026-01-01, yes: .inf, 1.5: 99999999999999999999999}")
    assert document["true"] == {"200": "2026-01-01", "true": "inf", "1.5": "99999999999999999999999"}


def test_from_the_file_to_the_draft_in_the_browser(browser: Client, publisher: Publisher) -> None:
    page = browser.post(URL, {"text": YAML})
    assert "GET /numbers/{phone}/{detail} – Look a number up" in text(page)
    answer = browser.post(
        URL, {"text": YAML, "operation": "GET /numbers/{phone}/{detail}", "type": "guessed"}
    )
    listing = Listing.objects.of(publisher.account).get()
    assert answer["Location"] == f"/publish/listings/{listing.sid}/edit/request/"
    assert listing.name == "Number Scout"
    assert listing.versions.get().definition["request"]["method"] == "GET"


def test_a_file_can_be_uploaded(browser: Client) -> None:
    upload = SimpleUploadedFile("openapi.yaml", YAML.encode())
    assert "1 operation in the file" in text(browser.post(URL, {"file": upload}))


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xff\xfe\x00", "not UTF-8"), (b"a\0b", "NUL"), (b"x" * 600_000, "too large"), (b"", "empty")],
    ids=["bytes", "nul", "large", "empty"],
)
def test_an_upload_that_is_no_text_is_refused(browser: Client, content: bytes, said: str) -> None:
    answer = browser.post(URL, {"file": SimpleUploadedFile("a.yaml", content)})
    assert said in text(answer)


def test_nothing_given_is_said_at_the_box(browser: Client) -> None:
    assert "Paste the text of a file" in text(browser.post(URL, {"text": " "}))


def test_the_type_can_be_chosen(browser: Client, publisher: Publisher) -> None:
    chosen = {"operation": "GET /numbers/{phone}/{detail}", "type": "message-analysis"}
    browser.post(URL, {"text": YAML, **chosen})
    version = Listing.objects.of(publisher.account).get().versions.get()
    assert version.definition["type"] == "message-analysis"
    assert version.definition["extensions"] == ["sms-incoming"]


def test_scripts_in_a_file_are_harmless(browser: Client) -> None:
    hostile = openapi({"summary": "<script>alert(1)</script>"}, info={"title": "<script>alert(1)</script>"})
    answer = browser.post(URL, {"text": json.dumps(hostile)})
    assert "<script>alert" not in answer.content.decode()
    made = browser.post(
        URL, {"text": json.dumps(hostile), "operation": "POST /analyse", "type": "guessed"}, follow=True
    )
    assert made.status_code == 200
    assert "<script>alert" not in made.content.decode()


def test_who_may_import(publisher: Publisher) -> None:
    viewer = viewer_of(publisher.account)
    assert viewer.get(URL).status_code == 200
    assert viewer.post(URL, {"text": YAML}).status_code == 403
    assert is_sent_to_sign_in(URL)
    other = console_of(make_user(make_account("No publisher")))
    answer = other.post(URL, {"text": YAML, "operation": "GET /numbers/{phone}/{detail}", "type": "guessed"})
    assert "not a publisher yet" in text(answer)
    assert Listing.objects.count() == 0
