"""What views of the 2010 API share: three formats chosen by the path's extension, and flat pages."""

from collections.abc import Collection, Sequence
from typing import Any

from django.urls import URLPattern, path, register_converter
from rest_framework.renderers import BaseRenderer

from rest.pagination import FlatPagination
from rest.renderers import Csv, Json, Xml
from rest.views import Resources, Row

EXTENSION = "json|xml|csv"


class FormatConverter:
    """The path converter `format`. Another extension does not resolve, which is a 404."""

    regex = EXTENSION

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(FormatConverter, "format")


def paths(route: str, view: Any, *, name: str) -> list[URLPattern]:
    """A resource's path without extension, which is XML, and with one. Only the first is reversed."""
    return [path(route, view, name=name), path(f"{route}.<format:format>", view)]


class ExtensionPagination(FlatPagination):
    """Flat pages whose links have the extension of the answer; XML has none (contract 4.6)."""

    def _link(self, number: int, direction: str = "", sid: str = "") -> str:
        # The first question mark ends the path: what a query holds of them is percent-encoded.
        return super()._link(number, direction, sid).replace(".xml?", "?", 1)


class Resources2010(Resources[Row]):
    """A resource of the 2010 API and its list. Handlers take what they need of the path and `**_`."""

    renderer_classes: Sequence[type[BaseRenderer]] = [Xml, Json, Csv]
    pagination_class = ExtensionPagination
    # The XML element of one row, as a key: `add_on_result` is written `<AddOnResult>`.
    resource_name: str
    # Keys whose value is a document of somebody else: JSON text in XML and CSV.
    free_form: Collection[str] = ("configuration",)

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Without `Vary: Accept`, which DRF adds for several formats: the path alone decides."""
        headers: dict[str, str] = super().default_response_headers
        return {name: value for name, value in headers.items() if name != "Vary"}
