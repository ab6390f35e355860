"""The fake is believed by many tests, so it has a few of its own."""

import socket
import urllib.request

import pytest

from tests.fake_publisher import Answer, FakePublisher
from tests.publishers.contract import hostile


def fetch(url, body=None):
    with urllib.request.urlopen(urllib.request.Request(url, data=body), timeout=2) as response:
        return response.status, response.read()


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=2)


def test_in_a_thread_it_serves_code_without_an_event_loop():
    with FakePublisher({"ok": True}).in_thread() as publisher:
        assert fetch(publisher.url("/a%20b?c=d"), b"e=f") == (200, b'{"ok": true}')
    (received,) = publisher.requests
    assert (received.method, received.path, received.query, received.form) == (
        "POST",
        "/a%20b",
        [("c", "d")],
        [("e", "f")],
    )


@pytest.mark.parametrize("raw", [None, hostile.hang])
def test_it_ends_with_its_block_even_when_the_block_fails(raw):
    ports = []

    def failing_block():
        with FakePublisher(raw=raw).in_thread() as publisher:
            ports.append(publisher.port)
            connect(publisher.port).close()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing_block()
    with pytest.raises(OSError, match="refused"):
        connect(*ports)


def test_answers_come_in_turn_and_the_last_one_stays():
    with FakePublisher([b"one", Answer(202, {"two": 2})]).in_thread() as publisher:
        assert [fetch(publisher.url()) for _ in range(3)] == [(200, b"one")] + [(202, b'{"two": 2}')] * 2


def test_an_answer_may_depend_on_the_request():
    with FakePublisher(lambda request: {"you": request.json()}).in_thread() as publisher:
        assert fetch(publisher.url(), b"[1]") == (200, b'{"you": [1]}')
