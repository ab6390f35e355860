"""API 2010-04-01: IncomingPhoneNumbers, AssignedAddOns and their Extensions (contract 4.1 to 4.3)."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.idempotency import idempotent
from accounts.models import Account
from accounts.requests import account_of
from marketplace import number_services as services
from marketplace.models import AssignedAddOn, IncomingPhoneNumber, InstalledAddOn, InstalledExtension
from marketplace.number_serializers import (
    ORIGIN,
    AssignedAddOnOut,
    AssignedExtensionOut,
    AssignIn,
    NewNumberIn,
    NumberFilters,
    NumberIn,
    NumberOut,
)
from rest.errors import NotFound
from rest.formats import Resources2010
from rest.sids import is_sid


class IncomingPhoneNumbers(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, Resources2010[IncomingPhoneNumber]
):
    """The account's phone numbers."""

    collection_key, resource_name = "incoming_phone_numbers", "incoming_phone_number"
    filters = ("PhoneNumber", "FriendlyName", "Beta", "Origin")
    serializer_class = NumberOut
    parameters, query = {"create": NewNumberIn, "update": NumberIn}, {"list": NumberFilters}

    def get_queryset(self) -> QuerySet[IncomingPhoneNumber]:
        return IncomingPhoneNumber.objects.of(account_of(self.request)).select_related("account")

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The filters of the list; a single number is found whatever the query says."""
        return _filtered(queryset, self.request) if self.action == "list" else queryset

    @idempotent
    def create(self, request: Request, /, **_: str) -> Response:
        data = NewNumberIn(data=request.data)
        data.is_valid(raise_exception=True)
        settings = dict(data.validated_data)
        number = services.create_number(
            account=account_of(request), phone_number=settings.pop("phone_number"), settings=settings
        )
        return self.answer(number, status.HTTP_201_CREATED)

    @idempotent
    def update(self, request: Request, /, **_: str) -> Response:
        number = self.get_object()
        data = NumberIn(data=request.data)
        data.is_valid(raise_exception=True)
        return self.answer(services.update_number(number=number, settings=data.validated_data))

    def destroy(self, request: Request, /, **_: str) -> Response:
        services.delete_number(number=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


class AssignedAddOns(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resources2010[AssignedAddOn]):
    """The add-ons assigned to one number. One of them is found by its SID or its unique name."""

    collection_key, resource_name = "assigned_add_ons", "assigned_add_on"
    serializer_class = AssignedAddOnOut
    parameters = {"create": AssignIn}

    def get_queryset(self) -> QuerySet[AssignedAddOn]:
        return AssignedAddOn.objects.filter(number=_number_of(self)).in_api().with_add_on()

    def get_object(self) -> AssignedAddOn:
        return get_object_or_404(self.get_queryset(), **_named(self.kwargs["name"]))

    @idempotent
    def create(self, request: Request, /, **_: str) -> Response:
        number = _number_of(self)
        data = AssignIn(data=request.data)
        data.is_valid(raise_exception=True)
        installed = _installed_in_api(account_of(request), data.validated_data["installed_sid"])
        assignment = services.assign(number=number, installed=installed)
        return self.answer(assignment, status.HTTP_201_CREATED)

    def destroy(self, request: Request, /, **_: str) -> Response:
        services.unassign(assignment=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


class AssignedExtensions(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resources2010[InstalledExtension]):
    """The switches of an assigned add-on, to look at."""

    collection_key, resource_name, page_by = "extensions", "extension", "extension__sid"
    lookup_field, lookup_url_kwarg = "extension__sid", "sid"
    serializer_class = AssignedExtensionOut

    def get_queryset(self) -> QuerySet[InstalledExtension]:
        assigned = AssignedAddOn.objects.filter(number=_number_of(self)).in_api()
        assignment = get_object_or_404(assigned, **_named(self.kwargs["name"]))
        switches = InstalledExtension.objects.filter(installed_add_on_id=assignment.installed_add_on_id)
        return switches.select_related("extension", "installed_add_on")


def _number_of(view: Resources2010[Any]) -> IncomingPhoneNumber:
    """The number the path names, of the caller's account."""
    own = IncomingPhoneNumber.objects.of(account_of(view.request)).select_related("account")
    return get_object_or_404(own, sid=view.kwargs["number_sid"])


def _installed_in_api(account: Account, sid: str) -> InstalledAddOn:
    installed = InstalledAddOn.objects.of(account).in_api().filter(sid=sid).first()
    if installed is None:
        raise NotFound(f"The requested resource /InstalledAddOns/{sid} was not found")
    return installed


def _named(name: str) -> dict[str, str]:
    """How to find an assignment by the last part of its path. What looks like a SID is one."""
    if is_sid(name, "XE"):
        return {"installed_add_on__sid": name[:2] + name[2:].lower()}
    return {"installed_add_on__unique_name": name}


def _filtered(numbers: QuerySet[IncomingPhoneNumber], request: Request) -> QuerySet[IncomingPhoneNumber]:
    data = NumberFilters(data=request.query_params)
    data.is_valid(raise_exception=True)
    given = data.validated_data
    found = numbers.matching(given["PhoneNumber"]) if "PhoneNumber" in given else numbers  # type: ignore[attr-defined]  # the stubs lose the QuerySet's class
    if "FriendlyName" in given:
        found = found.filter(friendly_name=given["FriendlyName"])
    return found.none() if given.get("Origin", ORIGIN) != ORIGIN else found
