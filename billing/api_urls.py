"""Paths of Usage, BillingItems and ReferralConversion under /v1 (contract 3.5, 3.8)."""

from django.urls import path

from billing.api import BillingItems, ReferralConversions, Usage

urlpatterns = [
    path("InstalledAddOns/<sid:installed_sid>/Usage", Usage.as_view({"post": "create"}), name="usage"),
    path(
        "Listing/<sid:listing_sid>/BillingItems", BillingItems.as_view({"get": "list"}), name="billing-items"
    ),
    path("ReferralConversion", ReferralConversions.as_view({"post": "create"}), name="referral-conversion"),
]
