import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from publishers.contract.bodies import FormBody, JsonBody, MultipartBody, RawBody
from publishers.contract.rendered import RenderedRequest
from publishers.contract.secret import Secret
from publishers.contract.signing import sign, signature
from tests.publishers.contract.documents import recorded

TOKEN = Secret("12345")
BASE = "https://publisher.example.com/anagrams"

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
pairs = st.dictionaries(names, text, max_size=5).map(lambda values: tuple(values.items()))


def header(signed):
    return dict(signed.headers)["X-Twilio-Signature"]


def test_a_form_is_signed_as_published():
    request = RenderedRequest(
        method="POST",
        target=BASE,
        query=(("apikey", Secret("k1")),),
        body=FormBody((("phone", "+18778894546"), ("lang", "en"))),
    )
    assert header(sign(request, token=TOKEN)) == "XiQX3AR80ZH4D5PFx1l5Llpzo7k="


def test_a_get_is_signed_as_published():
    request = RenderedRequest(
        method="GET", target=BASE, query=(("apikey", Secret("k1")), ("phone", "+18778894546"))
    )
    signed = sign(request, token=TOKEN)
    assert signed.url == f"{BASE}?apikey=k1&phone=%2B18778894546"
    assert header(signed) == "hxYBTpOOlbhrMpMhge7WURvl+Fk="


def test_json_is_signed_by_its_hash_in_the_url():
    request = RenderedRequest(
        method="POST",
        target=BASE,
        query=(("apikey", Secret("k1")),),
        body=JsonBody((("e164", "+18778894546"),)),
    )
    signed = sign(request, token=TOKEN)
    assert signed.body == b'{"e164": "+18778894546"}'
    assert signed.url.endswith("bodySHA256=a743da6142014c069bb968f5ebb742772bcd46ca6df1081b5a2314723efbda34")
    assert header(signed) == "jQ3CIzPb68CEcAM6OzmsNSWbhU4="


def test_a_name_that_occurs_twice_is_signed_with_each_distinct_value_in_order():
    twice = signature(BASE, [("a", "2"), ("a", "1"), ("a", "2")], "12345")
    assert twice == signature(f"{BASE}a1a2", {}, "12345")


@given(query=pairs, form=pairs)
def test_twilios_own_validator_accepts_every_form(query, form):
    request = RenderedRequest(method="POST", target=BASE, query=query, body=FormBody(form))
    signed = sign(request, token=TOKEN)
    assert RequestValidator("12345").validate(signed.url, dict(form), header(signed))


@given(
    query=pairs, members=st.dictionaries(names, text | st.integers() | st.booleans() | st.none(), max_size=5)
)
def test_twilios_own_validator_accepts_every_json_body(query, members):
    request = RenderedRequest(method="POST", target=BASE, query=query, body=JsonBody(tuple(members.items())))
    signed = sign(request, token=TOKEN)
    assert RequestValidator("12345").validate(signed.url, signed.body.decode(), header(signed))


@pytest.mark.parametrize("change", ["url", "value", "token"])
def test_a_changed_request_has_another_signature(change):
    request = RenderedRequest(method="POST", target=BASE, body=FormBody((("a", "1"),)))
    seen = {
        "url": (BASE + "x", {"a": "1"}, "12345"),
        "value": (BASE, {"a": "2"}, "12345"),
        "token": (BASE, {"a": "1"}, "54321"),
    }[change]
    assert header(sign(request, token=TOKEN)) != signature(*seen)


def test_text_parts_are_signed_and_the_audio_is_not():
    body = MultipartBody((("channels", "2"), ("key", Secret("s3cret")), ("audio", recorded())))
    signed = sign(RenderedRequest(method="POST", target=BASE, body=body), token=TOKEN)
    assert header(signed) == signature(BASE, {"channels": "2", "key": "s3cret"}, "12345")


def test_raw_audio_is_signed_by_its_hash_in_the_url():
    signed = sign(RenderedRequest(method="PUT", target=BASE, body=RawBody(recorded())), token=TOKEN)
    assert signed.url == f"{BASE}?bodySHA256={hashlib.sha256(b'RIFF').hexdigest()}"
    assert header(signed) == signature(signed.url, {}, "12345")


def test_a_signed_request_prints_without_its_secrets():
    request = RenderedRequest(
        method="GET", target=BASE, query=(("key", Secret("s3cret")),), headers=(("X-Key", Secret("s3cret")),)
    )
    assert "s3cret" not in repr(sign(request, token=TOKEN))
