"""The operators’ pages, under /operate/."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def todo(request: HttpRequest, **sids: str) -> HttpResponse:
    """Stands for a page that is being built."""
    return HttpResponse(status=501)


urlpatterns = [
    path("", todo, name="operate"),
    path("queue/", todo, name="review-queue"),
    path("review/<sid:sid>/", todo, name="review"),
    path("checklist/", todo, name="checklist"),
    path("listings/", todo, name="operate-listings"),
    path("listings/<sid:sid>/", todo, name="operate-listing"),
    path("publishers/", todo, name="operate-publishers"),
    path("publishers/<sid:sid>/", todo, name="operate-publisher"),
    path("accounts/", todo, name="operate-accounts"),
    path("accounts/<sid:sid>/", todo, name="operate-account"),
    path("health/", todo, name="operate-health"),
    path("settings/", todo, name="operate-settings"),
    path("audit/", todo, name="operate-audit"),
]
