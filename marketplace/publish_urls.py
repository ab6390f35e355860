"""Pages on which a publisher says who may have its add-ons, under /publish/."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def todo(request: HttpRequest, **sids: str) -> HttpResponse:
    """Stands for a page that is being built."""
    return HttpResponse(status=501)


urlpatterns = [
    path("listings/<sid:sid>/availability/", todo, name="availability"),
]
