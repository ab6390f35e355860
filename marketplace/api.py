"""Marketplace API v1: AvailableAddOns, InstalledAddOns and their Extensions (contract 3.1 to 3.4)."""

from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import mixins, status
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.idempotency import idempotent
from accounts.requests import account_of, actor_of
from marketplace import services
from marketplace.models import InstalledAddOn, InstalledAddOnQuerySet, InstalledExtension
from marketplace.serializers import (
    AvailableAddOnOut,
    AvailableExtensionOut,
    InstalledAddOnOut,
    InstalledExtensionOut,
    InstallIn,
    SwitchIn,
    UpdateIn,
)
from publishers.models import Extension, Listing
from rest.errors import NotFound
from rest.views import Resources


class AvailableAddOns(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resources[Listing]):
    """The catalogue: Beta and GA listings."""

    collection_key = "available_add_ons"
    serializer_class = AvailableAddOnOut

    def get_queryset(self) -> QuerySet[Listing]:
        return Listing.objects.in_api().with_publisher()


class AvailableExtensions(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resources[Extension]):
    """The extension points of one listing."""

    collection_key = "extensions"
    serializer_class = AvailableExtensionOut

    def get_queryset(self) -> QuerySet[Extension]:
        listings = Listing.objects.in_api().select_related("published_version")
        listing = get_object_or_404(listings, sid=self.kwargs["listing_sid"])
        version = listing.published_version
        offered = version.definition["extensions"] if version else []
        return Extension.objects.filter(listing=listing, unique_name__in=offered).select_related("listing")


@cache
def _rows_of_all() -> InstalledAddOnQuerySet:
    """For `of` to narrow. Built once: cloning a query costs a third of building it."""
    return InstalledAddOn.objects.in_api().as_rows()


class InstalledAddOns(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resources[InstalledAddOn]):
    """The caller's installed add-ons. What is shown are rows of columns; what is changed are models."""

    collection_key = "installed_add_ons"
    serializer_class = InstalledAddOnOut
    parameters = {"create": InstallIn, "update": UpdateIn}

    def get_queryset(self) -> QuerySet[InstalledAddOn, Any]:
        account = account_of(self.request)
        if self.request.method in SAFE_METHODS:
            return _rows_of_all().of(account)
        return InstalledAddOn.objects.of(account).in_api().with_listing()

    def shown(self, installed: InstalledAddOn, status: int = status.HTTP_200_OK) -> Response:
        row = InstalledAddOn.objects.as_rows().get(pk=installed.pk)
        return Response(self.get_serializer(row).data, status=status)

    @idempotent
    def create(self, request: Request) -> Response:
        data = InstallIn(data=request.data)
        data.is_valid(raise_exception=True)
        given = dict(data.validated_data)
        installed = services.install(
            account=account_of(request),
            listing=_listing_in_api(given.pop("listing_sid")),
            wanted=services.Wanted(**given),
            actor=actor_of(request),
        )
        return self.shown(installed, status.HTTP_201_CREATED)

    @idempotent
    def update(self, request: Request, sid: str) -> Response:
        installed = self.get_object()
        data = UpdateIn(data=request.data)
        data.is_valid(raise_exception=True)
        updated = services.update(installed=installed, actor=actor_of(request), **data.validated_data)
        return self.shown(updated)

    def destroy(self, request: Request, sid: str) -> Response:
        if not services.uninstall(installed=self.get_object()):
            raise NotFound  # somebody else was first
        return Response(status=status.HTTP_204_NO_CONTENT)


class InstalledExtensions(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resources[InstalledExtension]):
    """The switches of one installed add-on."""

    collection_key, page_by = "extensions", "extension__sid"
    lookup_field, lookup_url_kwarg = "extension__sid", "sid"
    serializer_class = InstalledExtensionOut
    parameters = {"update": SwitchIn}

    def get_queryset(self) -> QuerySet[InstalledExtension]:
        own = InstalledAddOn.objects.of(account_of(self.request)).in_api()
        installed = get_object_or_404(own, sid=self.kwargs["installed_sid"])
        switches = InstalledExtension.objects.filter(installed_add_on=installed)
        return switches.select_related("extension", "installed_add_on")

    @idempotent
    def update(self, request: Request, installed_sid: str, sid: str) -> Response:
        extension = self.get_object()
        data = SwitchIn(data=request.data)
        data.is_valid(raise_exception=True)
        services.switch(extension=extension, **data.validated_data)
        return self.answer(extension)


def _listing_in_api(sid: str) -> Listing:
    listing = Listing.objects.in_api().with_publisher().filter(sid=sid).first()
    if listing is None:
        raise NotFound(f"The requested resource /AvailableAddOns/{sid} was not found")
    return listing
