"""What every API view of ours shares."""

from typing import Any, TypeVar

from django.db.models import Model
from rest_framework import status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from rest.representation import absolute_url

Row = TypeVar("Row", bound=Model)

# OPTIONS is not offered: it would hand out our docstrings.
METHODS = ["get", "post", "delete", "head"]
# RFC 9745: when the preview API became deprecated, which was before this product existed.
DEPRECATED = "@1467331200"


class Resources(viewsets.GenericViewSet[Row]):
    """A resource and its list. `serializer_class` is what goes out; what comes in has its own."""

    lookup_field = "sid"
    http_method_names = METHODS
    collection_key: str

    def answer(self, row: Row, status: int = status.HTTP_200_OK) -> Response:
        """One row, as `serializer_class` shows it."""
        return Response(self.get_serializer(row).data, status=status)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        """The preview mirror says in every answer that it is deprecated, and where to go (contract 3.9)."""
        answer: Response = super().finalize_response(request, response, *args, **kwargs)
        if request.resolver_match is not None and request.resolver_match.namespace == "preview":
            successor = absolute_url("marketplace", request.path.replace("/marketplace/", "/v1/", 1))
            answer["Deprecation"] = DEPRECATED
            answer["Link"] = f'<{successor}>; rel="successor-version"'
        return answer
