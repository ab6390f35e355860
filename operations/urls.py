"""The operators’ pages, under /operate/."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from operations import account_views, listing_views, operator_views, publisher_views
from operations.access import operator_required


@operator_required
def todo(request: HttpRequest, **sids: str) -> HttpResponse:
    """Stands for a page that is being built."""
    return HttpResponse(status=501)


urlpatterns = [
    path("", todo, name="operate"),
    path("queue/", todo, name="review-queue"),
    path("review/<sid:sid>/", todo, name="review"),
    path("checklist/", todo, name="checklist"),
    path("listings/", listing_views.listings, name="operate-listings"),
    path("listings/<sid:sid>/", listing_views.listing, name="operate-listing"),
    path("listings/<sid:sid>/suspend/", listing_views.suspend_listing, name="operate-suspend-listing"),
    path("listings/<sid:sid>/lift/", listing_views.lift_suspension, name="operate-lift-suspension"),
    path("listings/<sid:sid>/upgrade/", listing_views.upgrade_installs, name="operate-upgrade-installs"),
    path("publishers/", publisher_views.publishers, name="operate-publishers"),
    path("publishers/<sid:sid>/", publisher_views.publisher, name="operate-publisher"),
    path("publishers/<sid:sid>/name/", publisher_views.rename_publisher, name="operate-rename-publisher"),
    path(
        "publishers/<sid:sid>/suspend/", publisher_views.suspend_publisher, name="operate-suspend-publisher"
    ),
    path("accounts/", account_views.accounts, name="operate-accounts"),
    path("accounts/<sid:sid>/", account_views.account, name="operate-account"),
    path("accounts/<sid:sid>/members/", account_views.members, name="operate-members"),
    path("accounts/<sid:sid>/suspend/", account_views.suspend_account, name="operate-suspend-account"),
    path("operators/", operator_views.operators, name="operate-operators"),
    path("health/", todo, name="operate-health"),
    path("settings/", todo, name="operate-settings"),
    path("audit/", todo, name="operate-audit"),
]
