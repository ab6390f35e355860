"""How values leave: resources, dates and URLs (contract 2.1, 2.5).

An API is a URL namespace: `marketplace`, `preview`, `lookups`, `taskrouter` or `api` (2010-04-01). Its
public base is `settings.API_URLS[namespace]`, and the same view answers with the URLs of the API it was
called by.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any, TypeVar

from django.conf import settings
from django.urls import reverse
from rest_framework import serializers

SECONDS_LENGTH = len("2026-11-21T12:00:00")

Row = TypeVar("Row")
Getter = Callable[[Any], Any]


class IsoDate(serializers.Field[datetime, Any, str, Any]):
    """ISO 8601, UTC, whole seconds. The official client cannot read fractions."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)

    def to_representation(self, value: datetime) -> str:
        # A third of what strftime costs; a list of 50 writes 100 dates.
        in_utc = value if value.tzinfo is UTC else value.astimezone(UTC)
        return in_utc.isoformat()[:SECONDS_LENGTH] + "Z"


class Rfc2822Date(IsoDate):
    """RFC 2822, always `+0000`: the dates of the 2010 API."""

    def to_representation(self, value: datetime) -> str:
        return format_datetime(value.astimezone(UTC))


class Out(serializers.Serializer[Row]):
    """A resource, keys in the order of its fields.

    Reads each field straight from the row. DRF's own field machinery makes a list of 50 cost several
    times its query (`benchmarks/lists.py`), and only a date ever needs converting.
    """

    def to_representation(self, instance: Row) -> dict[str, Any]:
        return {name: get(instance) for name, get in self._getters}

    @cached_property
    def _getters(self) -> list[tuple[str, Getter]]:
        """From the declared fields: `self.fields` would copy them for each request."""
        return [(name, self._getter(name, field)) for name, field in self._declared_fields.items()]

    def _getter(self, name: str, field: Any) -> Getter:
        if isinstance(field, serializers.SerializerMethodField):
            getter: Getter = getattr(self, field.method_name or f"get_{name}")
            return getter
        value = attrgetter(field.source or name)
        if isinstance(field, IsoDate):
            written = field.to_representation
            return lambda row: None if (date := value(row)) is None else written(date)
        return value

    def url_of(self, view: str, *sids: str) -> str:
        """The absolute URL of a view of the API that is answering."""
        template = self._url_templates.get(view)
        if template is None:
            namespace = self.context["request"].resolver_match.namespace
            template = absolute_url(namespace, _path_template(f"{namespace}:{view}", len(sids)))
            self._url_templates[view] = template
        return template.format(*sids)

    @cached_property
    def _url_templates(self) -> dict[str, str]:
        return {}

    def uri_of(self, view: str, *sids: str) -> str:
        """The relative URI of a 2010 view, in the format that is answering; XML has no extension."""
        extension = self.context.get("format")
        path = api_path("api", view, *sids)
        return path if extension in {None, "xml"} else f"{path}.{extension}"


def absolute_url(api: str, path: str) -> str:
    """The public URL of a path of one API."""
    return f"{settings.API_URLS[api]}{path}"


def api_url(api: str, view: str, *sids: str) -> str:
    """The public URL of a named view of one API."""
    return absolute_url(api, api_path(api, view, *sids))


def api_path(api: str, view: str, *sids: str) -> str:
    """The path of a named view of one API. Resolved once: a list prints three of them for each row."""
    return _path_template(f"{api}:{view}", len(sids)).format(*sids)


@lru_cache(maxsize=256)
def _path_template(name: str, count: int) -> str:
    stand_ins = [f"XX{number:032x}" for number in range(count)]
    path = reverse(name, args=stand_ins)
    for stand_in in stand_ins:
        path = path.replace(stand_in, "{}")
    return path
