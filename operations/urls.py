"""The operators’ pages, under /operate/."""

from django.urls import path

from operations import (
    account_views,
    audit_views,
    checklist_views,
    health_views,
    listing_views,
    operator_views,
    publisher_views,
    review_views,
    settings_views,
)

urlpatterns = [
    path("", review_views.operate, name="operate"),
    path("queue/", review_views.review_queue, name="review-queue"),
    path("review/<sid:sid>/", review_views.review, name="review"),
    path("checklist/", checklist_views.checklist, name="checklist"),
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
    path("health/", health_views.health_page, name="operate-health"),
    path("settings/", settings_views.platform_settings, name="operate-settings"),
    path("audit/", audit_views.audit_log, name="operate-audit"),
    path("audit/export/", audit_views.audit_export, name="operate-audit-export"),
    path("audit/<sid:sid>/", audit_views.audit_entry, name="operate-audit-entry"),
]
