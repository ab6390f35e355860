"""Pages of the listing editor, under /publish/."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from publishers.editor.preview_views import preview_listing
from publishers.profile_views import publisher_profile


def todo(request: HttpRequest, **sids: str) -> HttpResponse:
    """Stands for a page that is being built."""
    return HttpResponse(status=501)


urlpatterns = [
    path("listings/new/", todo, name="new-listing"),
    path("listings/new/openapi/", todo, name="import-openapi"),
    path("listings/new/file/", todo, name="import-definition"),
    path("listings/<sid:sid>/", todo, name="my-listing"),
    path("listings/<sid:sid>/edit/<slug:section>/", todo, name="edit-listing"),
    path("listings/<sid:sid>/preview/<slug:part>/", preview_listing, name="preview-listing"),
    path("listings/<sid:sid>/infer/", todo, name="infer-schema"),
    path("listings/<sid:sid>/export/", todo, name="export-listing"),
    path("listings/<sid:sid>/versions/new/", todo, name="new-version"),
    path("listings/<sid:sid>/versions/<sid:version_sid>/", todo, name="my-version"),
    path("listings/<sid:sid>/versions/<sid:version_sid>/compare/", todo, name="compare-versions"),
    path("profile/", publisher_profile, name="publisher-profile"),
]
