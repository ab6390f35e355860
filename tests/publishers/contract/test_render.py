import base64
import json
from email import message_from_bytes
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishers.contract.definition import compiled as compile_stored
from publishers.contract.errors import CannotRender, RequirementsNotMet
from publishers.contract.render import render
from publishers.contract.secret import MASK, Secret
from publishers.contract.signing import sign
from tests.publishers.contract.documents import (
    IDENTITY,
    NUMBER,
    URL,
    definition,
    document,
    fields,
    recorded,
    rendered,
    request,
    sent_bytes,
)

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ANY_VALUE = st.one_of(
    text, st.sampled_from(["\r\nX-Evil: 1", "&key=evil", "#", "../../admin", "{{body}}", '"}', "\0"])
)


def message(**section):
    return definition("sms-incoming", request=request(**section))


def wire(compiled, **values):
    """The body as the publisher receives it."""
    return sign(rendered(compiled, **values), token=Secret("x")).body


# --- Where values may stand ------------------------------------------------------------------


def test_a_query_is_percent_encoded():
    sent = rendered(
        message(query={"from": "{{primary_address}}", "text": "{{body}}"}),
        primary_address=NUMBER,
        body="a b&c=ü",
    )
    assert sent.url == f"{URL}?from=%2B18778894546&text=a%20b%26c%3D%C3%BC"


def test_a_url_without_a_path_gets_one():
    assert rendered(message(url="https://api.acme.example"), body="").url == "https://api.acme.example/"


def test_a_path_segment_is_encoded_whole():
    sent = rendered(message(url=URL + "/{{primary_address}}/x"), primary_address="../a/b?c#d")
    assert sent.url == f"{URL}/..%2Fa%2Fb%3Fc%23d/x"


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_path_segment_that_would_change_the_path_is_refused(value):
    with pytest.raises(CannotRender):
        rendered(message(url=URL + "/{{body}}"), body=value)


def test_json_keeps_the_type_of_a_value_that_is_one_template():
    settings = {"type": "object", "properties": {"deep": {"type": "boolean"}, "limit": {"type": "number"}}}
    compiled = definition(
        "sms-incoming",
        configuration_schema=settings,
        request=request(
            json={
                "deep": "{{deep}}",
                "text": "{{deep}} {{limit}}",
                "limit": "{{limit}}",
                "one": 1,
                "none": None,
            }
        ),
    )
    assert json.loads(wire(compiled, configuration={"deep": True, "limit": 0.5})) == {
        "deep": True,
        "text": "true 0.5",
        "limit": 0.5,
        "one": 1,
        "none": None,
    }


def test_a_form_holds_text_only():
    compiled = message(form={"key1": "{{primary_address}}", "on": True, "empty": "{{body}}"})
    assert wire(compiled, primary_address=NUMBER, body="") == b"key1=%2B18778894546&on=true&empty="


def test_a_parameter_without_its_value_is_left_out():
    compiled = message(
        query={"a": "{{body}}", "b": "to {{secondary_address}}"}, json={"c": "{{body}}", "d": "d"}
    )
    assert rendered(compiled).url == URL
    assert json.loads(wire(compiled)) == {"d": "d"}


def test_a_hash_goes_out_in_place_of_the_value():
    sent = rendered(message(query={"who": "{{SHA256:primary_address}}"}), primary_address=NUMBER)
    assert sent.query == (("who", "3b53ac7023a6802e070d42954b3e26a7505a0e96600700d2cfbe57ac3fc05827"),)


async def test_raw_audio_is_the_body_with_its_own_type():
    compiled = definition("recording-verb", request={"method": "PUT", "url": URL, "body": {"kind": "raw"}})
    sent = rendered(compiled, audio_data=recorded(b"RIFF", "audio/mpeg"))
    assert (await sent_bytes(sent.body.encode()), sent.own_headers[-1]) == (
        b"RIFF",
        ("Content-Type", "audio/mpeg"),
    )


async def test_a_recording_travels_as_a_part_of_its_own():
    compiled = definition(
        "recording-verb",
        request=request(
            multipart={"na=me;": "{{audio_data}}", "channels": "{{channels}}", "key": {"credential": "token"}}
        ),
    )
    sent = rendered(compiled, audio_data=recorded(b"RI\r\nFF"), channels=2)
    head = f"Content-Type: {dict(sent.own_headers)['Content-Type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + await sent_bytes(sent.body.encode())).get_payload()
    assert [part.get_payload(decode=True) for part in parts] == [b"RI\r\nFF", b"2", b"token-s3cret"]
    assert parts[0].get_filename() == parts[0].get_param("name", header="content-disposition") == "na=me;"


async def test_a_stored_definition_may_still_name_a_part_with_a_quotation_mark():
    stored = document("recording-verb", request=request(multipart={'na"me': "{{audio_data}}"}))
    sent = await sent_bytes(rendered(compile_stored(stored), audio_data=recorded()).body.encode())
    assert b'name="na%22me"; filename="na%22me"' in sent


# --- Requirements ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sections",
    [
        {"request": request(query={"q": {"value": "{{secondary_address}}", "required": True}})},
        {"request": request(url=URL + "/{{secondary_address}}")},
        {"runtime_parameters": [{"name": "secondary_address", "required": True}]},
        {"request_schema": {"type": "object", "required": ["secondary_address"]}},
        {"request_schema": {"properties": {"primary_address": {"type": "string", "pattern": "^\\+49"}}}},
    ],
)
def test_nobody_is_asked_when_a_requirement_is_not_met(sections):
    with pytest.raises(RequirementsNotMet):
        rendered(definition("lookup-api", **sections), primary_address=NUMBER)


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        (
            {"properties": {"primary_address": {"const": "1"}}},
            "The request schema refuses /primary_address: ",
        ),
        ({"maxProperties": 1}, "The request schema refuses the fields: "),
    ],
)
def test_the_place_that_the_request_schema_refuses_is_told(schema, told):
    with pytest.raises(RequirementsNotMet) as refused:
        rendered(definition(request_schema=schema), primary_address=NUMBER)
    assert refused.value.reason.startswith(told)
    assert NUMBER not in refused.value.reason


def test_a_raw_body_needs_the_audio():
    compiled = definition("recording-verb", request={"method": "POST", "url": URL, "body": {"kind": "raw"}})
    with pytest.raises(RequirementsNotMet):
        rendered(compiled)


def test_the_request_schema_judges_all_fields():
    schema = {"type": "object", "required": ["primary_address", "request_sid", "unix_timestamp"]}
    assert rendered(definition("lookup-api", request_schema=schema), primary_address=NUMBER).method == "GET"


# --- Headers ---------------------------------------------------------------------------------


def test_every_request_says_who_asks_and_for_whom():
    assert rendered(message()).platform == (
        "User-Agent: TwilioProxy/1.1",
        "Accept: application/json",
        "Accept-Encoding: identity",
        "X-Twilio-VendorAccountSid: AC1",
        "X-Twilio-RequestSid: XR1",
        "X-Twilio-AddOnSid: XB1",
        "X-Twilio-AddOnVersionSid: XC1",
        "X-Twilio-AddOnInstallSid: XD1",
        "X-Twilio-AddOnConfigurationSid: XE1",
        "X-Twilio-RequestDate: 2026-11-21T10:46:07Z",
        "X-Twilio-RequestTTL: 2000",
    )


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b", "ü", "€", "x" * 4_097])
def test_a_header_that_is_not_one_line_of_ascii_is_refused(value):
    with pytest.raises(CannotRender) as refused:
        rendered(message(headers={"X-Text": "{{body}}"}), body=value)
    assert value not in refused.value.reason


def test_basic_credentials_are_sent_and_never_shown():
    compiled = definition(auth={"kind": "basic", "username": "user", "password": "password"})
    header = dict(rendered(compiled).headers)["Authorization"]
    assert header.reveal() == "Basic " + base64.b64encode(b"user-s3cret:password-s3cret").decode()


def test_a_bearer_token_is_sent():
    compiled = definition(auth={"kind": "bearer", "token": "token"})
    assert dict(rendered(compiled).headers)["Authorization"].reveal() == "Bearer token-s3cret"


@pytest.mark.parametrize(
    ("auth", "credentials"),
    [
        ({"kind": "bearer", "token": "token"}, {}),
        ({"kind": "bearer", "token": "token"}, {"token": Secret("a\r\nX-Evil: 1")}),
        ({"kind": "basic", "username": "user", "password": "user"}, {"user": Secret("a:b")}),
    ],
)
def test_credentials_that_make_no_header_are_refused_without_being_told(auth, credentials):
    compiled = definition(auth=auth)
    with pytest.raises(CannotRender) as refused:
        render(compiled, fields=fields(compiled), credentials=credentials, identity=IDENTITY)
    assert "Evil" not in refused.value.reason


def test_a_url_that_no_server_reads_is_refused():
    with pytest.raises(CannotRender):
        rendered(message(query={"text": "{{body}}"}), body="x" * 8_000)


# --- What the trace shows --------------------------------------------------------------------


def test_no_secret_is_in_the_trace():
    settings = {"type": "object", "properties": {"key": {"type": "string", "_secret": True}}}
    places = {
        "a": {"credential": "api_key"},
        "b": "k={{key}}",
        "c": "{{key}}",
        "d": "{{SHA256:key}}",
        "e": "open",
    }
    for body in ("form", "json"):
        compiled = definition(
            "sms-incoming",
            configuration_schema=settings,
            auth={"kind": "bearer", "token": "token"},
            request=request(query=places, headers=places, **{body: places}),
        )
        sent = rendered(compiled, configuration={"key": "hunter2-s3cret"})
        shown = "\n".join(sent.shown)
        assert "s3cret" not in shown + repr(sent)
        assert shown.count(MASK) == 13
        assert sent.redacted_url == f"{URL}?a={MASK}&b={MASK}&c={MASK}&d={MASK}&e=open"
        assert b"hunter2-s3cret" in sent.body.encode()


def test_the_trace_names_the_audio_by_its_size():
    multipart = definition(
        "recording-verb",
        request=request(multipart={"file": "{{audio_data}}", "key": {"credential": "token"}}),
    )
    raw = definition("recording-verb", request={"method": "PUT", "url": URL, "body": {"kind": "raw"}})
    parts = [["file", "4 bytes of audio/x-wav"], ["key", MASK]]
    assert rendered(multipart, audio_data=recorded(b"RIFF")).shown[-1] == json.dumps(
        parts, ensure_ascii=False
    )
    assert rendered(raw, audio_data=recorded(b"RIFF")).shown[-1] == '"4 bytes of audio/x-wav"'


def test_without_its_secrets_a_request_keeps_the_rest():
    places = {"a": {"credential": "api_key"}, "e": "open"}
    for body in ("form", "json"):
        bare = rendered(message(query=places, headers=places, **{body: places})).without_secrets()
        assert "s3cret" not in bare.url + bare.body.encode().decode() + "".join(
            str(value) for _, value in bare.headers
        )
        assert (bare.url, dict(bare.headers)["e"]) == (f"{URL}?e=open", "open")
        assert b"open" in bare.body.encode()


def test_without_its_secrets_a_request_without_body_has_none():
    bare = rendered(message(query={"a": {"credential": "api_key"}})).without_secrets()
    assert bare.shown == (f"GET {URL}", *bare.platform)


async def test_without_its_secrets_a_recording_is_still_sent():
    multipart = definition(
        "recording-verb",
        request=request(multipart={"file": "{{audio_data}}", "key": {"credential": "token"}}),
    )
    raw = definition("recording-verb", request={"method": "PUT", "url": URL, "body": {"kind": "raw"}})
    for compiled in (multipart, raw):
        bare = rendered(compiled, audio_data=recorded()).without_secrets().body
        bare = await sent_bytes(bare.encode())
        assert b"RIFF" in bare
        assert b"s3cret" not in bare


# --- Injection -------------------------------------------------------------------------------

EVERYWHERE = definition(
    "sms-incoming",
    request=request(
        url=URL + "/{{body}}/end",
        query={"q": "{{body}}", "fixed": "1"},
        json={"whole": "{{body}}", "part": "<{{body}}>", "key": {"credential": "api_key"}},
    ),
)
FORM = definition(
    "sms-incoming",
    request=request(form={"a": "{{body}}", "b": "{{body}}"}, query={"key": {"credential": "api_key"}}),
)


@given(value=ANY_VALUE.filter(lambda value: value not in ("", ".", "..")))
def test_a_value_arrives_as_it_is_and_changes_nothing_else(value):
    sent = sign(rendered(EVERYWHERE, body=value), token=Secret("x"))
    url = urlsplit(sent.url)
    query = parse_qsl(url.query, keep_blank_values=True)
    assert (url.scheme, url.netloc, url.fragment) == ("https", "api.acme.example", "")
    assert [url.path.count("/"), url.path.endswith("/end")] == [3, True]
    assert [name for name, _ in query] == ["q", "fixed", "bodySHA256"]
    assert query[0][1] == value
    assert json.loads(sent.body) == {"whole": value, "part": f"<{value}>", "key": "api_key-s3cret"}
    assert (len(sent.platform), [name for name, _ in sent.headers]) == (
        11,
        ["Content-Type", "X-Twilio-Signature"],
    )


@given(value=ANY_VALUE)
def test_a_form_has_the_parameters_of_its_definition_and_no_others(value):
    sent = sign(rendered(FORM, body=value), token=Secret("x"))
    assert parse_qsl(sent.body.decode(), keep_blank_values=True) == [("a", value), ("b", value)]
    assert sent.url == f"{URL}?key=api_key-s3cret"
