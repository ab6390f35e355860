"""The frame all example publishers share: who may ask, what is remembered, what is shown."""

import logging

import pytest
from twilio.request_validator import RequestValidator

from examples.publishers import desk
from tests.examples.caller import (
    KEY,
    PUBLIC_URL,
    TOKEN,
    about_number,
    about_text,
    about_words,
    basic,
    new_sid,
)

TWILIO = {"number": "+18778894546"}


@pytest.fixture(params=["facts", "words", "mood"])
def either(request):
    """Each service with a good question for it."""
    asks = {
        "facts": about_number("+14155552671"),
        "words": about_words(TWILIO),
        "mood": about_text({"text": "I love this"}),
    }
    return request.getfixturevalue(request.param), asks[request.param]


async def test_a_signed_request_with_the_credential_is_answered(either):
    caller, ask = either
    assert (await caller(ask))[0] == 200


async def test_a_wrong_signature_is_refused(either):
    caller, ask = either
    ask.token = "54321"
    status, answer = await caller(ask)
    assert (status, "X-Twilio-Signature" in answer["error"]) == (403, True)


@pytest.mark.parametrize("signature", ["", "AAAA", "caf\u00e9"])
async def test_a_missing_or_odd_signature_is_refused(either, signature):
    caller, ask = either
    assert (await caller(ask, **{"X-Twilio-Signature": signature}))[0] == 403


async def test_a_changed_question_is_refused(facts):
    ask = about_number("+14155552671")
    headers = {"X-Twilio-Signature": ask.signature(), "X-Twilio-RequestSid": ask.sid, **ask.headers}
    assert (await facts.send("GET", about_number("+14155552672").target(), headers))[0] == 403


async def test_a_changed_body_is_refused(words):
    ask = about_words(TWILIO)
    headers = {"X-Twilio-Signature": ask.signature(), "X-Twilio-RequestSid": ask.sid}
    assert (await words.send("POST", ask.target(), headers, b'{"number": "+14155552671"}'))[0] == 403


@pytest.mark.parametrize("query", ["", "&bodySHA256=", "&bodySHA256=abc"])
async def test_a_body_the_signature_does_not_cover_is_refused(words, query):
    target = f"/v1/anagrams?apikey={KEY}{query}"
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC_URL + target, {})
    headers = {"X-Twilio-Signature": signature, "X-Twilio-RequestSid": new_sid()}
    assert (await words.send("POST", target, headers, b'{"number": "+18778894546"}'))[0] == 403


@pytest.mark.parametrize(
    "authorization", [f"Bearer {KEY}x", "Bearer ", KEY, basic(KEY)["Authorization"], "Bearer caf\u00e9"]
)
async def test_a_wrong_bearer_token_is_refused(facts, authorization):
    status, answer = await facts(about_number("+14155552671"), Authorization=authorization)
    assert (status, answer) == (401, {"error": "the credential is missing or wrong"})


@pytest.mark.parametrize(
    "authorization", [basic("wrong")["Authorization"], "Basic %%%", "Basic /w==", f"Bearer {KEY}", ""]
)
async def test_a_wrong_basic_password_is_refused(mood, authorization):
    assert (await mood(about_text({"text": "hi"}), Authorization=authorization))[0] == 401


@pytest.mark.parametrize("query", [{}, {"apikey": "wrong"}, {"apikey": ""}])
async def test_a_wrong_key_in_the_query_is_refused(words, query):
    assert (await words(about_words(TWILIO, query=query)))[0] == 401


async def test_the_signature_is_checked_before_the_credential(words):
    assert (await words(about_words(TWILIO, query={"apikey": "wrong"}, token="wrong")))[0] == 403


async def test_a_missing_parameter_is_named(facts):
    ask = about_number("")
    ask.query.clear()
    assert await facts(ask) == (400, {"error": "parameter number is missing"})


@pytest.mark.parametrize("sid", ["", "XR123", "XR" + "z" * 32])
async def test_a_request_without_a_sid_is_refused(facts, sid):
    status, answer = await facts(about_number("+14155552671"), **{"X-Twilio-RequestSid": sid})
    assert (status, "X-Twilio-RequestSid" in answer["error"]) == (400, True)


async def test_a_repeated_request_gets_the_answer_it_got_before(words):
    sid = new_sid()
    first = await words(about_words(TWILIO, sid=sid))
    assert await words(about_words(TWILIO, sid=sid)) == first
    assert await words(about_words({"number": "+14155552671"}, sid=sid)) == first
    assert await words(about_words({"number": "+14155552671"})) != first


async def test_a_repeated_request_still_needs_signature_and_credential(words):
    sid = new_sid()
    await words(about_words(TWILIO, sid=sid))
    assert (await words(about_words(TWILIO, sid=sid, token="wrong")))[0] == 403
    assert (await words(about_words(TWILIO, sid=sid, query={})))[0] == 401


async def test_a_refusal_is_not_remembered(words):
    sid = new_sid()
    assert (await words(about_words({}, sid=sid)))[0] == 400
    assert (await words(about_words(TWILIO, sid=sid)))[0] == 200


async def test_the_memory_is_bounded(words, monkeypatch):
    monkeypatch.setattr(desk, "REMEMBERED_ANSWERS", 2)
    sids = [new_sid() for _ in range(3)]
    for sid in sids:
        await words(about_words(TWILIO, sid=sid))
    other = {"number": "+14155552671"}
    assert (await words(about_words(other, sid=sids[2])))[1]["number"] == "+18778894546"
    assert (await words(about_words(other, sid=sids[0])))[1]["number"] == "+14155552671"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0",
        b'{"number": "\0"}',
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b'{"number": NaN}',
        b"[" * 60_000,
        b'{"number": ' + b"9" * 5000 + b"}",
        b'{"number": {"a": 1}}',
        b"\xff\xfe",
    ],
    ids=lambda body: repr(body[:20]),
)
async def test_a_garbage_body_is_a_400(words, body):
    status, answer = await words(about_words(None, body=body))
    assert (status, set(answer)) == (400, {"error"})
    assert (await words(about_words(TWILIO)))[0] == 200
    assert "400, " in await words.page()


async def test_a_nul_in_the_query_is_a_400(facts):
    assert (await facts(about_number("+1415555\0")))[0] == 400


async def test_a_body_of_a_megabyte_is_a_413(words):
    status, answer = await words(about_words(None, body=b'{"number": "' + b"9" * 1_000_000 + b'"}'))
    assert (status, set(answer)) == (413, {"error"})


async def test_a_body_that_is_not_what_it_claims_is_a_400(words):
    assert (await words(about_words(TWILIO), **{"Content-Encoding": "gzip"}))[0] == 400


async def test_other_paths_and_methods_are_refused_as_json(facts):
    assert await facts.send("GET", "/v2/facts", {}) == (404, {"error": "no such path"})
    assert await facts.send("POST", "/v1/facts", {}) == (405, {"error": "method not allowed"})
    assert await facts.send("GET", "/health", {}) == (200, {"status": "ok", "service": "Number Facts"})


async def test_nobody_has_asked_yet(words):
    assert "Nobody has asked yet." in await words.page()


async def test_the_page_shows_requests_without_numbers_and_secrets(either):
    caller, ask = either
    await caller(ask)
    page = await caller.page()
    assert ask.sid in page
    assert "200, answered" in page
    for secret in (KEY, TOKEN, "2671", "4546"):
        assert secret not in page.replace(ask.sid, "").replace(ask.signature(), "")


async def test_the_page_shows_how_far_a_number_goes(facts, words):
    await facts(about_number("+14155552671"))
    await words(about_words({"number": "+1 (877) 889-4546"}))
    assert "+1415555••••" in await facts.page()
    assert "+1 (877) 889••••" in await words.page()


async def test_the_page_hides_the_hash_from_which_masked_digits_could_be_guessed(words):
    await words(about_words(TWILIO))
    assert "<dt>bodySHA256</dt><dd>••••</dd>" in await words.page()


async def test_the_page_shows_text_as_text(mood):
    await mood(about_text({"text": "<script>alert(1)</script>", "<b>": "x", "half": "\ud83d"}))
    page = await mood.page()
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "<b>" not in page


async def test_the_page_shows_refusals_of_strangers(facts):
    await facts(
        about_number("+14155552671"), **{"X-Twilio-Signature": "wrong", "X-Twilio-Odd": "\u00ff" * 500}
    )
    page = await facts.page()
    assert "403, X-Twilio-Signature does not match" in page
    assert "\u00ff" * 201 not in page


async def test_the_page_keeps_the_last_fifty(mood):
    for number in range(51):
        await mood(about_text({"text": f"message {number} ."}))
    page = await mood.page()
    assert page.count("<article>") == 50
    assert "message 0 ." not in page
    assert page.index("message 50 .") < page.index("message 49 .")


async def test_the_log_has_one_line_per_request_and_no_secrets(facts, caplog):
    caplog.set_level(logging.INFO)
    ask = about_number("+14155552671")
    await facts(ask)
    await facts.send("GET", "/v1/+14155552671", {"X-Twilio-RequestSid": "+14155552671"})
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0].startswith(f"GET /v1/facts {ask.sid} 200 ")
    assert lines[1].startswith("GET (unknown path) - 404 ")
    assert len(lines) == 2
