"""What the operators' lists share: words typed, a page at a time by key, and what happened lately."""

from typing import Any, Final, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts.models import AuditEntry
from rest.sids import is_sid

PAGE_SIZE: Final = 25
MAX_WORDS_CHARACTERS: Final = 200
HISTORY_SIZE: Final = 10

Row = TypeVar("Row", bound=Model)


def typed(request: HttpRequest, name: str) -> str:
    """A search parameter. PostgreSQL takes no NUL, and no row has one."""
    return request.GET.get(name, "").replace("\0", "").strip()[:MAX_WORDS_CHARACTERS]


def chosen(request: HttpRequest, name: str, values: list[str]) -> str:
    """A filter's value; empty for one that does not exist."""
    value = request.GET.get(name, "")
    return value if value in values else ""


def page_of(
    rows: QuerySet[Row], request: HttpRequest, *, prefix: str, key: str = "sid", size: int = PAGE_SIZE
) -> dict[str, Any]:
    """A page of a list, newest first, as `components/pager.html` wants it; `key` holds SIDs of this kind."""
    before = request.GET.get("before", "")
    is_first_page = not is_sid(before, prefix)
    if not is_first_page:
        rows = rows.filter(**{f"{key}__lt": before[:2] + before[2:].lower()})
    found = list(rows.order_by(f"-{key}")[: size + 1])
    return {
        "rows": found[:size],
        "older": _value(found[size - 1], key) if len(found) > size else "",
        "is_first_page": is_first_page,
    }


def history_of(*, subject_sid: str = "", account_sid: str = "") -> list[AuditEntry]:
    """What was decided lately about a thing, or about everything of an account; newest first."""
    wanted = {"subject_sid": subject_sid} if subject_sid else {"account_sid": account_sid}
    return list(AuditEntry.objects.filter(**wanted).newest_first()[:HISTORY_SIZE])


def _value(row: Model, key: str) -> str:
    value: Any = row
    for name in key.split("__"):
        value = getattr(value, name)
    return str(value)
