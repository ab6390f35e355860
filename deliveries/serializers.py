"""Deliveries as the API shows them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from deliveries.models import Delivery, DeliveryAttempt
from rest.parameters import Choice
from rest.representation import IsoDate, Out

# Of one that was sent again and again, the newest.
MOST_SHOWN_ATTEMPTS = 50


class AttemptOut(Out[DeliveryAttempt]):
    """One attempt; one without an error was taken."""

    date_created = IsoDate(source="at")
    http_status = serializers.IntegerField(allow_null=True)
    duration_ms = serializers.IntegerField()
    error = serializers.SerializerMethodField()
    by_hand = serializers.BooleanField()

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_error(self, attempt: DeliveryAttempt) -> str | None:
        return attempt.error or None


class DeliveryOut(Out[Delivery]):
    """A notice that is or was owed, and how each attempt ended."""

    sid = serializers.CharField()
    account_sid = serializers.CharField(source="account.sid")
    kind = serializers.ChoiceField(Delivery.Kind.values)
    reference_sid = serializers.CharField()
    status = serializers.ChoiceField(Delivery.Status.values)
    callback_url = serializers.CharField(source="url")
    callback_method = serializers.ChoiceField(["POST", "GET"], source="method")
    attempts = serializers.SerializerMethodField()
    date_created = IsoDate()
    date_next_attempt = IsoDate(source="due_at")
    date_completed = IsoDate()
    url = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()

    @extend_schema_field(AttemptOut(many=True))
    def get_attempts(self, delivery: Delivery) -> list[dict[str, Any]]:
        """From rows that were fetched with the delivery."""
        out = AttemptOut()
        return [out.to_representation(each) for each in list(delivery.attempts.all())[-MOST_SHOWN_ATTEMPTS:]]

    def get_url(self, delivery: Delivery) -> str:
        return self.url_of("delivery", delivery.sid)

    def get_links(self, delivery: Delivery) -> dict[str, str]:
        return {"replay": self.url_of("replay-delivery", delivery.sid)}


class DeliveryFilters(serializers.Serializer[None]):
    """Filters of the list."""

    Status = Choice(Delivery.Status.values, required=False)
