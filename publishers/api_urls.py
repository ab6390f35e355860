"""Paths of the Listing API under /v1 (contract 3.6, 3.7), and our extension `Versions`."""

from typing import Any

from django.urls import path

from publishers.api import Listings, Versions
from publishers.availability_api import ListingAvailability
from publishers.publisher_api import OwnPublisher, Publishers
from publishers.review_api import Checklist, Comments, Differences

Actions = dict[str, Any]

LISTINGS: Actions = {"get": "list", "post": "create"}
LISTING: Actions = {"get": "retrieve", "post": "update"}
AVAILABILITY: Actions = {"get": "retrieve", "post": "update"}
VERSIONS: Actions = {"get": "list", "post": "create"}
VERSION: Actions = {"get": "retrieve", "post": "update", "delete": "destroy"}
COMMENTS: Actions = {"get": "list", "post": "create"}
COMMENT: Actions = {"get": "retrieve", "post": "update"}
OF_VERSION = "Listing/<sid:listing_sid>/Versions/<sid:version_sid>"
OWN_PUBLISHER: Actions = {"get": "retrieve", "post": "update"}
PUBLISHERS: Actions = {"get": "list"}
PUBLISHER: Actions = {"get": "retrieve", "post": "update"}

urlpatterns = [
    path("Publisher", OwnPublisher.as_view(OWN_PUBLISHER), name="own-publisher"),
    path("Publishers", Publishers.as_view(PUBLISHERS), name="publishers"),
    path("Publishers/<sid:sid>", Publishers.as_view(PUBLISHER), name="publisher"),
    path("Listings", Listings.as_view(LISTINGS), name="listings"),
    # Singular, as the contract notes.
    path("Listing/<sid:sid>", Listings.as_view(LISTING), name="listing"),
    path(
        "Listing/<sid:sid>/Availability",
        ListingAvailability.as_view(AVAILABILITY),
        name="listing-availability",
    ),
    path("Listing/<sid:listing_sid>/Versions", Versions.as_view(VERSIONS), name="listing-versions"),
    path("Listing/<sid:listing_sid>/Versions/<sid:sid>", Versions.as_view(VERSION), name="listing-version"),
    path(
        f"{OF_VERSION}/Differences",
        Differences.as_view({"get": "retrieve"}),
        name="listing-version-differences",
    ),
    path(f"{OF_VERSION}/Comments", Comments.as_view(COMMENTS), name="listing-version-comments"),
    path(f"{OF_VERSION}/Comments/<sid:sid>", Comments.as_view(COMMENT), name="listing-version-comment"),
    path(
        f"{OF_VERSION}/Checklist",
        Checklist.as_view({"get": "retrieve", "post": "update"}),
        name="listing-version-checklist",
    ),
]
