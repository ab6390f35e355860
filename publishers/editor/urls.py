"""Pages of the listing editor, under /publish/."""

from django.urls import path

from publishers.editor.import_views import export_listing, import_definition, import_openapi
from publishers.editor.infer_views import infer_schema
from publishers.editor.listing_pages import my_listing, my_version, new_listing, new_version
from publishers.editor.preview_views import preview_listing
from publishers.editor.start_views import start_listing
from publishers.editor.views import edit_listing
from publishers.profile_views import publisher_profile
from publishers.review_views import comment_version, compare_versions, resolve_comment

urlpatterns = [
    path("listings/new/", new_listing, name="new-listing"),
    path("listings/new/start/<slug:start>/", start_listing, name="start-listing"),
    path("listings/new/openapi/", import_openapi, name="import-openapi"),
    path("listings/new/file/", import_definition, name="import-definition"),
    path("listings/<sid:sid>/", my_listing, name="my-listing"),
    path("listings/<sid:sid>/edit/<slug:section>/", edit_listing, name="edit-listing"),
    path("listings/<sid:sid>/preview/<slug:part>/", preview_listing, name="preview-listing"),
    path("listings/<sid:sid>/infer/", infer_schema, name="infer-schema"),
    path("listings/<sid:sid>/export/", export_listing, name="export-listing"),
    path("listings/<sid:sid>/versions/new/", new_version, name="new-version"),
    path("listings/<sid:sid>/versions/<sid:version_sid>/", my_version, name="my-version"),
    path("listings/<sid:sid>/versions/<sid:version_sid>/compare/", compare_versions, name="compare-versions"),
    path("listings/<sid:sid>/versions/<sid:version_sid>/comments/", comment_version, name="comment-version"),
    path(
        "listings/<sid:sid>/versions/<sid:version_sid>/comments/<sid:comment_sid>/",
        resolve_comment,
        name="resolve-comment",
    ),
    path("profile/", publisher_profile, name="publisher-profile"),
]
