import json
from decimal import Decimal
from pathlib import Path as File

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishers.contract import limits
from publishers.contract.definition import BadDefinition, definition_faults, parse
from tests.publishers.contract.documents import URL, definition, document, parameters, request

SCHEMA = json.loads(File("publishers/definition.schema.json").read_text())


def faults(point="lookup-api", **sections):
    return definition_faults(document(point, **sections))


def places(*found):
    return [fault.path for fault in found]


# --- Right ones ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sections",
    [
        {},
        {"auth": {"kind": "none"}},
        {"auth": {"kind": "basic", "username": "user", "password": "pass"}},
        {"runtime_parameters": [{"name": "secondary_address", "required": True}]},
        {"request": request(url="https://api.acme.example")},
        {"request": request(url=URL + "/{{ primary_address }}/{{SHA256:primary_address}}/x%20y")},
        {"request": request(query={"a": "{{request_sid}}{{ttl}}{{request_date}}{{unix_timestamp}}"})},
        {
            "request": request(
                headers={"Authorization": {"credential": "key"}, "X-Api": "1"}, json={"n": None}
            )
        },
        {"remove": ["$.secret", "$..[1:3]['a b']", "$.*[-1]"]},
        {"pricing": {"model": "per_use", "price": "0.005", "unbilled_if_present": ["$.error"]}},
    ],
)
def test_a_definition_that_is_right_has_no_faults(sections):
    assert faults(**sections) == []


def test_every_field_of_a_recording_has_its_place():
    body = {
        "kind": "multipart",
        "fields": parameters({"audio-data": "{{audio_data}}", "to": "{{callback_url}}"}),
    }
    assert faults("recording-verb", request={"method": "PUT", "url": URL, "body": body}) == []


def test_defaults_are_the_platforms_own():
    compiled = definition()
    assert (compiled.timeout_ms, compiled.response_bytes) == (limits.DEADLINE_MS, limits.MAX_RESPONSE_BYTES)
    assert (compiled.pricing.price, compiled.pricing.billable_status) == (Decimal(0), {200})
    assert (compiled.is_sync, compiled.credentials_used) == (True, frozenset())


def test_a_recording_has_longer_to_be_handed_over():
    compiled = definition("recording-verb")
    assert (compiled.is_sync, compiled.timeout_ms) == (False, limits.ASYNC_ATTEMPT_MS)


def test_limits_can_be_tightened():
    compiled = definition(limits={"timeout_ms": 500, "response_bytes": 100})
    assert (compiled.timeout_ms, compiled.response_bytes) == (500, 100)


def test_the_schema_and_the_code_know_the_same_limits():
    tightest = SCHEMA["properties"]["limits"]["properties"]
    assert tightest["timeout_ms"]["maximum"] == limits.DEADLINE_MS
    assert tightest["response_bytes"]["maximum"] == limits.MAX_RESPONSE_BYTES
    assert SCHEMA["properties"]["remove"]["items"]["maxLength"] == limits.MAX_PATH_CHARS


def test_runtime_parameters_are_known_fields():
    compiled = definition(runtime_parameters=[{"name": "lang", "required": True, "description": "ISO 639"}])
    assert compiled.runtime_parameters[0].required
    assert "lang" in compiled.known_fields


def test_credentials_used_are_those_of_every_place():
    compiled = definition(
        "sms-incoming",
        auth={"kind": "basic", "username": "user", "password": "pass"},
        request=request(query={"k": {"credential": "query_key"}}, form={"k": {"credential": "form_key"}}),
    )
    assert compiled.credentials_used == {"user", "pass", "query_key", "form_key"}


def test_settings_marked_secret_are_known_by_name():
    properties = {"key": {"type": "string", "_secret": True}, "lang": {"type": "string"}}
    assert definition(configuration_schema={"type": "object", "properties": properties}).secret_fields == {
        "key"
    }


# --- Shape -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sections", "path", "words"),
    [
        ({"type": "phone-numbers"}, "/type", "Did you mean phone-number?"),
        ({"type": 7}, "/type", "Choose one of"),
        ({"extensions": []}, "/extensions", "Fill this in."),
        ({"extensions": ["lookup-api", "lookup-api"]}, "/extensions", "twice"),
        ({"prcing": {}}, "/prcing", "Did you mean pricing?"),
        ({"request": {"method": "GET"}}, "/request/url", "required"),
        ({"request": {"method": "GET", "url": ""}}, "/request/url", "Fill this in."),
        ({"request": {"method": "GET", "url": "x" * 2_049}}, "/request/url", "2048"),
        ({"request": request(query={"a": {}})}, "/request/query/0", "either a value or a credential"),
        ({"request": request(query={"a": {"value": 1, "credential": "k"}})}, "/request/query/0", "either"),
        ({"request": request(query={"a": {"credential": "K"}})}, "/request/query/0/credential", "lower-case"),
        ({"request": request(query={"a": {"value": []}})}, "/request/query/0/value", "text or a number"),
        ({"auth": {"kind": "digest"}}, "/auth/kind", "none, basic, bearer"),
        ({"auth": {"kind": "bearer"}}, "/auth/token", "required"),
        ({"auth": {"kind": "none", "token": "t"}}, "/auth/token", "not known here"),
        ({"auth": {}}, "/auth/kind", "required"),
        ({"auth": []}, "/auth", "an object"),
        ({"runtime_parameters": [{"name": "a b"}]}, "/runtime_parameters/0/name", "letters"),
        ({"pricing": {"model": "per_use", "price": "1,5"}}, "/pricing/price", "0.005"),
        (
            {"pricing": {"model": "per_use", "price": "1", "currency": "EUR"}},
            "/pricing/currency",
            "Give USD.",
        ),
        ({"limits": {"timeout_ms": 2_001}}, "/limits/timeout_ms", "at most 2000"),
        ({"limits": {"timeout_ms": 49}}, "/limits/timeout_ms", "at least 50"),
        ({"remove": ["$.a"] * 21}, "/remove", "at most 20"),
    ],
)
def test_a_wrong_shape_is_told_by_place_and_mend(sections, path, words):
    found = {fault.path: fault.message for fault in faults(**sections)}
    assert list(found) == [path]
    assert words in found[path]


@pytest.mark.parametrize("thing", [None, [], "text", 7])
def test_what_is_no_object_has_one_fault(thing):
    assert places(*definition_faults(thing)) == [""]


@pytest.mark.parametrize("thing", [{"a": "\ud800"}, {"a": 1 << 70}, {"a": object()}, {"a": "x" * 300_000}])
def test_what_is_not_json_or_too_large_has_one_fault(thing):
    assert places(*definition_faults(thing)) == [""]


def test_no_more_faults_are_told_than_anyone_reads():
    assert len(faults(extensions=["x"] * 1_000)) == limits.MAX_DEFINITION_FAULTS


def test_one_wrong_section_does_not_hide_the_others():
    found = faults(type="unknown", remove=["nope"], pricing={"model": "per_use"}, auth={"kind": "basic"})
    assert places(*found) == ["/type", "/auth/username", "/auth/password", "/remove/0"]


# --- Rules -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("point", "sections", "path"),
    [
        ("lookup-api", {"extensions": ["lookup-api", "recording-dial"]}, "/extensions/1"),
        ("lookup-api", {"request": {"method": "PUT", "url": URL}}, "/request/method"),
        ("lookup-api", {"request": request(form={}) | {"method": "GET"}}, "/request/body/kind"),
        ("lookup-api", {"request": request(multipart={})}, "/request/body/kind"),
        ("recording-verb", {"request": request(raw={"a": "b"})}, "/request/body/fields"),
        ("sms-incoming", {"runtime_parameters": [{"name": "lang"}]}, "/runtime_parameters"),
        ("lookup-api", {"runtime_parameters": [{"name": "ttl"}]}, "/runtime_parameters/0/name"),
        ("lookup-api", {"runtime_parameters": [{"name": "primary_address"}]}, "/runtime_parameters/0/name"),
        ("lookup-api", {"runtime_parameters": [{"name": "a"}, {"name": "a"}]}, "/runtime_parameters/1/name"),
        ("lookup-api", {"pricing": {"model": "per_minute", "price": "1"}}, "/pricing/model"),
        ("lookup-api", {"pricing": {"model": "per_use"}}, "/pricing/price"),
        ("lookup-api", {"pricing": {"model": "free", "price": "1"}}, "/pricing/price"),
        ("lookup-api", {"request_schema": {"type": "nonsense"}}, "/request_schema/type"),
        ("lookup-api", {"response_schema": {"$ref": "http://127.0.0.1/"}}, "/response_schema/$ref"),
        ("lookup-api", {"remove": ["$"]}, "/remove/0"),
        ("lookup-api", {"remove": ["$.a", "$[?@.a]"]}, "/remove/1"),
        (
            "lookup-api",
            {"pricing": {"model": "free", "unbilled_if_present": ["$.."]}},
            "/pricing/unbilled_if_present/0",
        ),
    ],
)
def test_a_broken_rule_is_told_by_its_place(point, sections, path):
    assert places(*faults(point, **sections)) == [path]


@pytest.mark.parametrize(
    "properties", [{"a": {"type": "object"}}, {"a": {"type": "string", "pattern": "("}}, []]
)
def test_a_configuration_schema_must_make_a_form(properties):
    found = faults(configuration_schema={"type": "object", "properties": properties})
    assert found
    assert all(fault.path.startswith("/configuration_schema/properties") for fault in found)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://api.acme.example/", "https://"),
        ("ftp://api.acme.example/", "https://"),
        ("api.acme.example", "https://host/path"),
        ("https://", "plain ASCII"),
        ("https://api.acme.example:8443/", "443"),
        ("https://{{primary_address}}/", "scheme, host or port"),
        ("https://user@api.acme.example/", "user name"),
        ("https://127.0.0.1/", "not allowed"),
        ("https://localhost/", "not allowed"),
        ("https://api.acme.example/a?b=c", "query parameters"),
        ("https://api.acme.example/a#b", "fragment"),
        ("https://api.acme.example/a/{{primary_address}}.json", "whole path segment"),
        ("https://api.acme.example/a/{{primary", "{{name}}"),
        ("https://api.acme.example/a/../b", "'..'"),
        ("https://api.acme.example/a/%2e%2E/b", "'..'"),
        ("https://api.acme.example/a b", "ASCII"),
        ("https://api.acme.example/ü", "ASCII"),
        ("https://api.acme.example/\r\nHost: x", "plain ASCII"),
    ],
)
def test_a_url_that_leads_astray_is_refused_with_its_mend(url, words):
    (found,) = faults(request=request(url=url))
    assert found.path == "/request/url"
    assert words in found.message


@pytest.mark.parametrize("hosts", [["127.0.0.1"], ["127.0.0.1:8101"]])
def test_plain_http_is_for_hosts_the_operator_lists(hosts):
    local = document(request=request(url="http://127.0.0.1:8101/x"))
    other = document(request=request(url="http://127.0.0.2:8101/x"))
    assert definition_faults(local, allow_http_hosts=hosts) == []
    assert places(*definition_faults(other, allow_http_hosts=hosts)) == ["/request/url"]


@pytest.mark.parametrize("place", ["query", "headers", "json", "form"])
@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("{{primry_address}}", "Did you mean primary_address?"),
        ("{{a b}}", "{{name}}"),
        ("{{audio_data}}", "field"),
    ],
)
def test_an_unknown_template_is_refused_wherever_it_stands(place, value, words):
    found = faults(request=request(**{place: {"a": value}}))
    assert [fault for fault in found if words in fault.message and fault.path.endswith("/0/value")]


def test_the_fields_of_a_template_depend_on_the_type():
    assert places(*faults(request=request(query={"a": "{{body}}"}))) == ["/request/query/0/value"]
    assert faults("sms-incoming", request=request(query={"a": "{{body}}"})) == []


def test_an_unknown_name_in_the_path_is_refused():
    assert "primary_address" in faults(request=request(url=URL + "/{{primaryaddress}}"))[0].message


def test_a_secret_setting_never_stands_in_the_path():
    settings = {"type": "object", "properties": {"key": {"type": "string", "_secret": True}}}
    found = faults(configuration_schema=settings, request=request(url=URL + "/{{key}}"))
    assert places(*found) == ["/request/url"]


def test_the_callback_of_the_account_is_no_template():
    settings = {"type": "object", "properties": {"callback_method": {"type": "string"}}}
    found = faults(
        "recording-verb", configuration_schema=settings, request=request(form={"a": "{{callback_method}}"})
    )
    assert places(*found) == ["/request/body/fields/0/value"]


@pytest.mark.parametrize(
    "section",
    [
        request(url=URL + "/{{audio_data}}"),
        request(query={"a": "{{audio_data}}"}),
        request(form={"a": "{{audio_data}}"}),
        request(multipart={"a": "x{{audio_data}}"}),
        request(multipart={"a": "{{SHA256:audio_data}}"}),
    ],
)
def test_audio_stands_only_where_bytes_can(section):
    (found,) = faults("recording-verb", request=section)
    assert "multipart" in found.message


@pytest.mark.parametrize(
    "name",
    [
        "Host",
        "content-length",
        "X-Twilio-Signature",
        "Connection",
        "Transfer-Encoding",
        "Cookie",
        "Proxy-X",
        "a b",
        "ä",
    ],
)
def test_headers_of_the_platform_are_not_for_publishers(name):
    assert places(*faults(request=request(headers={name: "1"}))) == ["/request/headers/0/name"]


def test_authorization_has_one_source():
    section = request(headers={"authorization": {"credential": "key"}})
    assert places(*faults(request=section, auth={"kind": "bearer", "token": "t"})) == [
        "/request/headers/0/name"
    ]


@pytest.mark.parametrize(
    ("section", "path"),
    [
        (request(headers={"X-A": "a\r\nX-Evil: 1"}), "/request/headers/0/value"),
        (request(headers={"X-A": "ü"}), "/request/headers/0/value"),
        (request(query={"a": "\0"}), "/request/query/0/value"),
        (request(query={"a\n": "1"}), "/request/query/0/name"),
        (request(query={"a": None}), "/request/query/0/value"),
        (request(form={"a": None}), "/request/body/fields/0/value"),
        (request(query={"bodySHA256": "1"}), "/request/query/0/name"),
    ],
)
def test_constants_that_cannot_be_sent_are_refused(section, path):
    assert places(*faults(request=section)) == [path]


@pytest.mark.parametrize("name", ['a"b', "a\\b"])
def test_no_part_has_a_name_that_readers_take_for_another(name):
    audio = {"audio": "{{audio_data}}"}
    parts = request(multipart={**audio, name: "1"})
    (found,) = faults("recording-verb", request=parts)
    assert places(found) == ["/request/body/fields/1/name"]
    assert "quotation marks and backslashes" in found.message
    elsewhere = request(query={name: "1"}, multipart=audio)
    assert faults("recording-verb", request=elsewhere) == []
    assert faults(request=request(form={name: "1"})) == []


@pytest.mark.parametrize(("place", "names"), [("query", ["a", "a"]), ("headers", ["X-A", "x-a"])])
def test_no_name_stands_twice_in_one_list(place, names):
    section = {"method": "GET", "url": URL, place: [{"name": name, "value": "1"} for name in names]}
    assert places(*faults(request=section)) == [f"/request/{place}/1/name"]


def test_one_name_may_stand_in_two_lists():
    assert faults(request=request(query={"a": "1"}, form={"a": "1"})) == []


def test_a_definition_with_faults_does_not_parse():
    with pytest.raises(BadDefinition) as refused:
        parse(document(remove=["$"], pricing={"model": "per_use"}))
    assert places(*refused.value.faults) == ["/pricing/price", "/remove/0"]
    assert "/remove/0: This would remove" in str(refused.value)


ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.text(max_size=8)
    | st.sampled_from(["{{body}}", "GET", URL]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(sections=st.dictionaries(st.sampled_from(sorted(SCHEMA["properties"])), ANY_JSON))
def test_whatever_is_written_is_answered_with_faults_or_parsed(sections):
    written = document("sms-incoming") | sections
    if not definition_faults(written):
        parse(written)


def test_a_document_of_endless_entries_is_refused_before_it_is_judged() -> None:
    faults = definition_faults(document(extensions=[{}] * 60_000))
    assert [(fault.path, fault.message) for fault in faults] == [
        ("", "Use fewer entries: it is far too large.")
    ]
