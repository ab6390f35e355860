"""Pages of the publisher's workspace."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from invocations import publisher_pages, publisher_views


def todo(request: HttpRequest, **sids: str) -> HttpResponse:
    """Stands for a page that is being built."""
    return HttpResponse(status=501)


urlpatterns = [
    path("", publisher_pages.publish, name="publish"),
    path("calls/", publisher_views.call_list, name="publisher-calls"),
    path("calls/<sid:sid>/", publisher_views.call, name="publisher-call"),
    path("service-level/", publisher_pages.service_level, name="service-level"),
    path("customers/", publisher_pages.customer_list, name="customers"),
    path("notices/", todo, name="publisher-notices"),
]
