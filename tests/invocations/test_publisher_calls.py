"""One call as its publisher sees it: its tries and the verdict, read from a real trace; never who asked."""

from typing import Any

import pytest
from django.test import Client

from publishers.models import Listing, Publisher
from results import publisher_log
from results.models import Invocation
from results.publisher_log import Try
from tests.conftest import api_of
from tests.factories import (
    make_account,
    make_definition,
    make_install,
    make_invocation,
    make_listing,
    make_publisher,
    make_user,
)
from tests.fake_publisher import Answer, FakePublisher, Script
from tests.pages import console_of, queries, text

PAGE = "/publish/calls/"
NUMBER = "+14155552671"
SECRETS = ("consumer-friendly-name", "their-own-name", "configured-value", "runtime-value", "answer-value")


@pytest.fixture
def publisher(db: None) -> Publisher:
    return make_publisher("acme")


@pytest.fixture
def member(publisher: Publisher) -> Client:
    """A browser of somebody who belongs to the publisher's account."""
    return console_of(make_user(publisher.account))


def page_of(call: Invocation) -> str:
    return f"{PAGE}{call.sid}/"


def called(listing: Listing, **runtime: str) -> Invocation:
    """A real lookup by a consumer whose values can be told from everything else."""
    consumer = make_account("consumer-friendly-name")
    installed = make_install(
        consumer,
        listing,
        enabled=["lookup-api"],
        unique_name=f"{listing.unique_name}_their-own-name",
        configuration={"key": "configured-value"},
    )
    name = installed.unique_name
    parameters = {f"AddOns.{name}.{key}": value for key, value in runtime.items()}
    answer = api_of(consumer).get(f"/v1/PhoneNumbers/{NUMBER}", {"AddOns": name, **parameters})
    assert answer.status_code == 200
    return Invocation.objects.latest("sid")


def listing_at(publisher: Publisher, url: str, **changes: Any) -> Listing:
    """An add-on whose every request carries what the consumer gave, in its path and in its query."""
    definition = make_definition(
        request={
            "method": "GET",
            "url": url + "/facts",
            "query": [
                {"name": "number", "value": "{{primary_address}}"},
                {"name": "key", "value": "{{key}}"},
                {"name": "word", "value": "{{word}}"},
            ],
        },
        configuration_schema={"type": "object", "properties": {"key": {"type": "string"}}},
        runtime_parameters=[{"name": "word", "required": True}],
        **changes,
    )
    return make_listing(publisher=publisher, definition=definition)


def open_call(member: Client, publisher: Publisher, script: Script, **changes: Any) -> tuple[Any, str]:
    with FakePublisher(script).in_thread() as service:
        call = called(listing_at(publisher, service.origin, **changes), word="runtime-value")
    answer = member.get(page_of(call))
    return answer, text(answer)


ECHO = {"echo": "answer-value", NUMBER: "configured-value"}
STRICT = {"type": "object", "properties": {"echo": {"type": "integer"}}, "required": ["echo"]}


@pytest.mark.parametrize(
    ("script", "changes", "tries", "verdict"),
    [
        pytest.param(ECHO, {}, [Try(status=200, ms=0, error="")], "A JSON object of", id="good"),
        pytest.param(
            [503, ECHO],
            {},
            [Try(status=503, ms=0, error="The service answered 503."), Try(status=200, ms=0, error="")],
            "A JSON object of",
            id="second try",
        ),
        pytest.param(404, {}, [Try(status=404, ms=0, error="The service answered 404.")], "", id="4xx"),
        pytest.param(
            ECHO,
            {"response_schema": STRICT},
            [Try(status=200, ms=0, error="")],
            "The response schema refuses /echo.",
            id="schema",
        ),
        pytest.param(
            b"<answer-value/>", {}, [Try(status=200, ms=0, error="")], "The body is not JSON.", id="html"
        ),
        pytest.param(
            [Answer(302, headers={"Location": "/x?runtime-value: HTTP 200 after 1 ms."}), ECHO],
            {},
            None,
            "",
            id="redirect",
        ),
    ],
)
def test_a_call_shows_its_tries_and_the_verdict_and_nothing_of_who_asked(
    member: Client,
    publisher: Publisher,
    script: Script,
    changes: dict[str, Any],
    tries: list[Try] | None,
    verdict: str,
) -> None:
    answer, page = open_call(member, publisher, script, **changes)
    content, course = answer.content.decode(), answer.context["course"]
    call = Invocation.objects.get()
    assert [secret for secret in (*SECRETS, NUMBER, NUMBER[1:], call.account.sid) if secret in content] == []
    assert verdict in page
    assert len(course.tries) == call.attempts
    if tries is not None:
        assert [(each.status, each.error) for each in course.tries] == [
            (each.status, each.error) for each in tries
        ]
    assert call.sid in page
    assert call.installed_add_on.sid in page


def test_a_dead_service_shows_each_try_without_an_answer(member: Client, publisher: Publisher) -> None:
    with FakePublisher().in_thread() as service:
        origin = service.origin
    call = called(listing_at(publisher, origin), word="runtime-value")
    answer = member.get(page_of(call))
    assert {each.status for each in answer.context["course"].tries} == {None}
    assert "The connection was not accepted." in text(answer)
    assert "61002 Vendor could not complete request" in text(answer)
    assert "Counts against you" in text(answer)


def test_a_call_that_was_never_sent_shows_its_meaning_alone(member: Client, publisher: Publisher) -> None:
    call = called(listing_at(publisher, "https://service.example.com"))
    page = text(member.get(page_of(call)))
    assert call.code == 61003
    assert "Your service was not asked." in page
    assert "There was no answer to look at." in page
    assert "Does not count: you had no chance to answer" in page


def test_a_trace_that_was_not_kept_is_no_error(member: Client, publisher: Publisher) -> None:
    call = make_invocation(make_install(listing=make_listing(publisher=publisher)), trace=[])
    assert "The single tries of this call are not kept." in text(member.get(page_of(call)))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("The response schema refuses /a: 'answer-value' is no number.", "The response schema refuses /a."),
        ("A JSON object of 7 bytes.", "A JSON object of 7 bytes."),
        ("A sentence of tomorrow with answer-value.", "The answer is not usable."),
    ],
)
def test_a_verdict_repeats_no_value_of_the_answer(line: str, expected: str) -> None:
    step = {"name": "Check", "ok": False, "lines": [line]}
    assert publisher_log.course_of([step]).verdict == expected


def test_a_call_takes_a_fixed_number_of_queries(member: Client, publisher: Publisher) -> None:
    installed = make_install(listing=make_listing(publisher=publisher))
    one, three = make_invocation(installed), make_invocation(installed, attempts=3)
    assert queries(member, page_of(one)) == queries(member, page_of(three))
