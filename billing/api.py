"""Usage, BillingItems and ReferralConversion of the marketplace API v1 (contract 3.5, 3.8)."""

import logging
from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import mixins
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.idempotency import idempotent
from accounts.requests import account_of, is_operator
from accounts.scopes import Scope
from billing import services
from billing.models import BillingItem, Referral
from billing.serializers import BillingItemOut, ReferralIn, ReferralOut, UsageIn, UsageOut
from publishers.models import Listing
from rest.bodies import StrictJson
from rest.views import Resources

log = logging.getLogger(__name__)


class Usage(Resources[Any]):
    """Usage of a customer's installed add-on, reported by its publisher."""

    scope = Scope.PUBLISHING
    parser_classes = [StrictJson]
    serializer_class = UsageOut
    parameters = {"create": UsageIn}
    success = {"create": HTTPStatus.ACCEPTED.value}
    reporter = ""

    @idempotent
    def create(self, request: Request, installed_sid: str) -> Response:
        data = UsageIn(data=request.data)
        data.is_valid(raise_exception=True)
        report = services.report_usage(
            account=account_of(request), installed_sid=installed_sid, **data.validated_data
        )
        return Response(UsageOut(report).data, HTTPStatus.ACCEPTED)

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        self.reporter = account_of(request).sid if request.user else ""

    def handle_exception(self, exc: Exception) -> Response:
        """A refused report is lost revenue: its publisher asks us why, and the log says it."""
        answer = super().handle_exception(exc)
        if self.reporter:
            code, installed_sid = answer.data["code"], self.kwargs["installed_sid"]
            log.warning(
                "usage of %s refused to %s: %s %s", installed_sid, self.reporter, answer.status_code, code
            )
        return answer


class BillingItems(mixins.ListModelMixin, Resources[BillingItem]):
    """The price list of one of the caller's own listings: what its usage reports may name."""

    scope = Scope.PUBLISHING
    collection_key = "billing_items"
    serializer_class = BillingItemOut

    def get_queryset(self) -> QuerySet[BillingItem]:
        own = Listing.objects.filter(publisher__account=account_of(self.request))
        readable = Listing.objects.all() if is_operator(self.request) else own
        listing = get_object_or_404(readable, sid=self.kwargs["listing_sid"])
        return listing.billing_items.active().select_related("listing")


class ReferralConversions(Resources[Referral]):
    """That an account the caller brought became a customer."""

    parser_classes = [StrictJson]
    serializer_class = ReferralOut
    parameters = {"create": ReferralIn}
    success = {"create": HTTPStatus.OK.value}

    @idempotent
    def create(self, request: Request) -> Response:
        data = ReferralIn(data=request.data)
        data.is_valid(raise_exception=True)
        return self.answer(services.convert_referral(account=account_of(request), **data.validated_data))
