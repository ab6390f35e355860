"""What stands between a request and its view."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django_htmx.http import HttpResponseClientRedirect

from config import workspaces
from rest.errors import is_api


class HtmxRedirects:
    """Sends the whole page where a redirect leads.

    htmx would put the target, such as the sign-in page after a session's end, into the part it swaps.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.htmx and isinstance(response, HttpResponseRedirect):  # type: ignore[attr-defined]
            return HttpResponseClientRedirect(response.url)
        return response


class RememberedWorkspace:
    """The bare address leads a person back to the workspace of the last page that was shown."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_page = request.method == "GET" and response.status_code == HTTPStatus.OK and not is_api(request)
        if is_page and request.user.is_authenticated:
            workspaces.remember(request)
        return response


# What the preview mirror says in every answer.
KEPT_IN_304 = ("Deprecation", "Link")


class ConditionalApi(ConditionalGetMiddleware):
    """`ETag` on what the APIs answer to GET, and 304 for a caller who has it already.

    Only the APIs: a page of the console holds a token that changes with every request.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not is_api(request):
            return response
        response.headers.setdefault("Cache-Control", "private, no-cache")
        if response.status_code != HTTPStatus.OK or "no-store" in response.headers["Cache-Control"]:
            return response
        answer = super().process_response(request, response)
        for name in KEPT_IN_304:
            if name in response.headers:
                answer.headers[name] = response.headers[name]
        return answer
