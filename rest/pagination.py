"""Pages of a list (contract 2.6).

SIDs sort by time, so a page is "the rows whose SID comes before the last one shown": a row added or
removed between two pages neither repeats nor hides another. Tokens: `PA{sid}` asks for the rows after
that one in list order (newest first), `PB{sid}` for those before it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.db.models import Model, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from rest.errors import Refused
from rest.representation import absolute_url
from rest.sids import is_sid

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000
MAX_PAGE = 1_000_000  # a database counts no further than 64 bits
MAX_DIGITS = 18  # a longer number is beyond every limit anyway
AFTER, BEFORE = "PA", "PB"


class BadPage(Refused):
    """400: a paging parameter we cannot read."""


@dataclass(frozen=True)
class Place:
    """Where in the list the asked-for page lies."""

    size: int
    number: int
    direction: str
    sid: str


def read_place(request: Request, prefix: str) -> Place:
    """The paging parameters of a request for a list of this kind of SID.

    Raises BadPage with the parameter's name.
    """
    token = request.query_params.get("PageToken", "")
    if token and not (token[:2] in {AFTER, BEFORE} and is_sid(token[2:], prefix)):
        raise BadPage("Invalid PageToken: use the token of a page link")
    return Place(
        size=min(_whole_number(request, "PageSize", DEFAULT_PAGE_SIZE, at_least=1), MAX_PAGE_SIZE),
        number=min(_whole_number(request, "Page", 0, at_least=0), MAX_PAGE),
        direction=token[:2],
        sid=token[2:4] + token[4:].lower(),
    )


def _whole_number(request: Request, name: str, default: int, *, at_least: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    digits = text.lstrip("0") or "0"
    number = int(digits) if re.fullmatch(f"[0-9]{{1,{MAX_DIGITS}}}", digits) else MAX_PAGE
    if not re.fullmatch("[0-9]+", text) or number < at_least:
        raise BadPage(f"Invalid {name}: must be a whole number of at least {at_least}")
    return number


@cache
def _prefix_of(label: str, path: str) -> str:
    """The kind of SID that a list is in order of, such as `XF` for `extension__sid` of a switch."""
    *relations, name = path.split("__")
    model: type[Model] = apps.get_model(label)
    for relation in relations:
        model = model._meta.get_field(relation).related_model  # type: ignore[assignment]  # noqa: SLF001 - Django's public _meta
    field = model._meta.get_field(name)  # noqa: SLF001 - the same
    return str(field.prefix)  # type: ignore[union-attr]  # a SidField


class KeyPagination(BasePagination):
    """Finds the rows of a page and the links around it; subclasses write the envelope.

    A view names its collection (`collection_key`), the filters a link must repeat (`filters`) and, when
    rows are not keyed by `sid`, the field that holds the SID (`page_by`).
    """

    place: Place
    has_next = has_previous = False

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        assert isinstance(queryset, QuerySet)  # noqa: S101 - every list of ours is one
        self.request, self.view = request, view
        self.page_by = getattr(view, "page_by", "sid")
        label = queryset.model._meta.label  # noqa: SLF001 - Django's public _meta
        self.place = read_place(request, _prefix_of(label, self.page_by))
        self.rows = self._backward(queryset) if self.place.direction == BEFORE else self._forward(queryset)
        return self.rows

    def _forward(self, queryset: QuerySet[Any]) -> list[Any]:
        place = self.place
        ordered = queryset.order_by(f"-{self.page_by}")
        if place.sid:
            ordered = ordered.filter(**{f"{self.page_by}__lt": place.sid})
        start = 0 if place.sid else place.number * place.size
        rows = list(ordered[start : start + place.size + 1])
        self.has_next, self.has_previous = len(rows) > place.size, bool(place.sid or start)
        return rows[: place.size]

    def _backward(self, queryset: QuerySet[Any]) -> list[Any]:
        place = self.place
        ordered = queryset.order_by(self.page_by).filter(**{f"{self.page_by}__gt": place.sid})
        rows = list(ordered[: place.size + 1])
        self.has_next, self.has_previous = True, len(rows) > place.size
        return rows[: place.size][::-1]

    @property
    def key(self) -> str:
        """The key of the rows in the envelope."""
        return str(self.view.collection_key)  # type: ignore[union-attr]  # every list view of ours names it

    def first_page(self) -> str:
        return self._link(0)

    def this_page(self) -> str:
        return self._link(self.place.number, self.place.direction, self.place.sid)

    def next_page(self) -> str | None:
        return self._link(self.place.number + 1, AFTER) if self.has_next else None

    def previous_page(self) -> str | None:
        """Leads back by the first row; an empty page beyond the end has none and leads back by its number."""
        if not self.has_previous:
            return None
        number = max(self.place.number - 1, 0)
        return self._link(number, BEFORE) if self.rows or self.place.sid else self._link(number)

    def _link(self, number: int, direction: str = "", sid: str = "") -> str:
        """A page's path. Without a SID, the token names the row at the edge of this page."""
        token = f"&PageToken={direction}{sid or self._edge(direction)}" if direction else ""
        return f"{self.request.path}?{self._filters}PageSize={self.place.size}&Page={number}{token}"

    @cached_property
    def _filters(self) -> str:
        """The filters of this list, as every link repeats them."""
        given = self.request.query_params
        chosen = [(name, given[name]) for name in getattr(self.view, "filters", ()) if name in given]
        return f"{urlencode(chosen)}&" if chosen else ""

    def _edge(self, direction: str) -> str:
        if not self.rows:
            return self.place.sid
        value: Any = self.rows[-1 if direction == AFTER else 0]
        for name in self.page_by.split("__"):
            value = getattr(value, name)
        return str(value)


class MetaPagination(KeyPagination):
    """The envelope of the product APIs: the rows under the collection's key, then `meta`."""

    def get_paginated_response(self, data: Any) -> Response:
        return Response({self.key: data, "meta": self._meta()})

    def _meta(self) -> dict[str, Any]:
        return {
            "page": self.place.number,
            "page_size": self.place.size,
            "first_page_url": self._absolute(self.first_page()),
            "previous_page_url": self._absolute(self.previous_page()),
            "url": self._absolute(self.this_page()),
            "next_page_url": self._absolute(self.next_page()),
            "key": self.key,
        }

    def _absolute(self, path: str | None) -> str | None:
        namespace: str = self.request.resolver_match.namespace  # type: ignore[union-attr]  # it was resolved
        return None if path is None else absolute_url(namespace, path)


class FlatPagination(KeyPagination):
    """The envelope of the 2010 API: relative URIs beside the rows, and no other key (contract 2.6)."""

    def get_paginated_response(self, data: Any) -> Response:
        start = self.place.number * self.place.size
        return Response(
            {
                "end": start + len(data) - 1 if data else 0,
                "first_page_uri": self.first_page(),
                "next_page_uri": self.next_page(),
                "page": self.place.number,
                "page_size": self.place.size,
                "previous_page_uri": self.previous_page(),
                self.key: data,
                "start": start,
                "uri": self.this_page(),
            }
        )
