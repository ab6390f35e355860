"""Deliveries of the API v1: our own addition, beside what the contract has.

They are here, not with the outbox, because sending one again needs the task that sends.
"""

from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.idempotency import idempotent
from accounts.requests import account_of
from deliveries import services
from deliveries.models import Delivery
from deliveries.serializers import DeliveryFilters, DeliveryOut
from rest.leases import hint
from rest.views import Resources
from results.delivering import deliver


class Deliveries(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resources[Delivery]):
    """What the account is told, and how each attempt ended."""

    collection_key, filters = "deliveries", ("Status",)
    serializer_class = DeliveryOut
    query = {"list": DeliveryFilters}

    def get_queryset(self) -> QuerySet[Delivery]:
        own = Delivery.objects.of(account_of(self.request))
        return own.select_related("account").prefetch_related("attempts")

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The filter of the list; a single one is found whatever the query says."""
        if self.action != "list":
            return queryset
        data = DeliveryFilters(data=self.request.query_params)
        data.is_valid(raise_exception=True)
        status = data.validated_data.get("Status")
        return queryset.filter(status=status) if status else queryset


class Replay(Deliveries):
    """Sending one once more."""

    success = {"create": HTTPStatus.ACCEPTED.value}
    query: dict[str, Any] = {}

    @idempotent
    def create(self, request: Request, sid: str) -> Response:
        replayed = services.replay(delivery=self.get_object())
        hint(deliver, [replayed.sid])
        return self.answer(self.get_object(), HTTPStatus.ACCEPTED)
