"""Reading pages in tests: what a person sees, and how many queries it took."""

import html
import re
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Role, User
from tests.factories import make_user

_HIDDEN = re.compile(r"<(script|style|head)\b.*?</\1>", re.DOTALL)


def console_of(user: User) -> Client:
    """A browser without JavaScript, signed in."""
    client = Client()
    client.force_login(user)
    return client


def viewer_of(account: Account) -> Client:
    """A browser of somebody who may look but not change."""
    return console_of(make_user(account, role=Role.VIEWER))


def text(answer: Any) -> str:
    """The page as text, one blank between words."""
    body = _HIDDEN.sub(" ", answer.content.decode())
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def error_at(answer: Any, field: str) -> str:
    """What stands at a field as its error, without the signs before it."""
    pattern = rf'id="{re.escape(field)}_error">(.*?)</div>'
    found = re.search(pattern, answer.content.decode(), re.DOTALL)
    assert found, f"no error at {field}"
    words = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[1])).split())
    return words.removeprefix("⚠ Error: ")


def queries(client: Client, path: str) -> int:
    """How many queries a page takes, once everything that is kept in memory is there."""
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def is_sent_to_sign_in(path: str) -> bool:
    """Whether a stranger is asked to sign in, and comes back here afterwards."""
    answer = Client().get(path)
    return answer.status_code == 302 and answer["Location"] == f"/accounts/login/?next={path}"
