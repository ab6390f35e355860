"""Who may have a listing, through the API: our own extension, beside what the contract has."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.idempotency import idempotent
from accounts.requests import account_of, actor_of
from accounts.scopes import Scope
from publishers import availability
from publishers.models import Availability, Listing
from publishers.serializers import MAX_REASON_CHARACTERS
from rest.errors import Refused
from rest.parameters import Choice, Given, Sid, Text
from rest.representation import Out
from rest.views import Resources

MOVES = [str(to) for to in (*availability.OFFERED, Availability.RETIRED)]


class OneThingAtATime(Refused):
    """400: a request moves a listing, deprecates it, or takes that back."""


class AvailabilityOut(Out[Listing]):
    """Who may have a listing now, and what its publisher may make of it."""

    listing_sid = serializers.CharField(source="sid")
    account_sid = serializers.CharField(source="publisher.account.sid")
    availability = serializers.ChoiceField(Availability.values)
    allowed_moves = serializers.SerializerMethodField()
    deprecated_until = serializers.SerializerMethodField()
    replacement_sid = serializers.SerializerMethodField()
    suspension_reason = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(MOVES)))
    def get_allowed_moves(self, listing: Listing) -> list[str]:
        return [move.value for move in availability.allowed_moves(listing)]

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_deprecated_until(self, listing: Listing) -> str | None:
        return listing.deprecated_until.isoformat() if listing.deprecated_until else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_replacement_sid(self, listing: Listing) -> str | None:
        return listing.replacement.sid if listing.replacement else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_suspension_reason(self, listing: Listing) -> str | None:
        return listing.suspension_reason or None

    def get_url(self, listing: Listing) -> str:
        return self.url_of("listing-availability", listing.sid)

    def get_links(self, listing: Listing) -> dict[str, str]:
        return {"listing": self.url_of("listing", listing.sid)}


@extend_schema_field({"type": "string", "pattern": "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$"})
class Day(Given, serializers.Field[date | None, str, str, Any]):
    """A day, such as 2027-01-31; empty text means none."""

    default_error_messages = {"invalid": "must be a day, such as 2027-01-31"}

    def to_internal_value(self, data: str) -> date | None:
        if data == "":
            return None
        try:
            return date.fromisoformat(data)
        except (TypeError, ValueError):
            self.fail("invalid")


class AvailabilityIn(serializers.Serializer[None]):
    """Either a move, or a day until which the listing is offered; an empty day takes that back."""

    Availability = Choice(MOVES, source="to", required=False)
    DeprecatedUntil = Day(source="until", required=False)
    Replacement = Sid(prefix="XB", source="replacement_sid", required=False)
    Reason = Text(
        source="reason", required=False, allow_blank=True, default="", max_length=MAX_REASON_CHARACTERS
    )


class ListingAvailability(Resources[Listing]):
    """The availability of one of the caller's own listings; a 404 for everybody else."""

    scope = Scope.PUBLISHING
    serializer_class = AvailabilityOut
    parameters = {"update": AvailabilityIn}

    def get_queryset(self) -> QuerySet[Listing]:
        own = Listing.objects.of(account_of(self.request))
        return own.select_related("publisher__account", "replacement")

    def retrieve(self, request: Request, sid: str) -> Response:
        return self.answer(self.get_object())

    @idempotent
    def update(self, request: Request, sid: str) -> Response:
        listing = self.get_object()
        data = AvailabilityIn(data=request.data)
        data.is_valid(raise_exception=True)
        given = dict(data.validated_data)
        if ("to" in given) == ("until" in given):
            raise OneThingAtATime("Invalid Availability: give either an Availability or a DeprecatedUntil")
        if "replacement_sid" in given and given.get("until") is None:
            raise OneThingAtATime("Invalid Replacement: it is given together with a DeprecatedUntil")
        actor, reason = actor_of(request), given["reason"]
        if "to" in given:
            availability.move(listing=listing, to=given["to"], actor=actor, reason=reason)
        elif given["until"] is None:
            availability.keep_offering(listing=listing, actor=actor, reason=reason)
        else:
            availability.deprecate(
                listing=listing,
                until=given["until"],
                replacement=self._replacement(given.get("replacement_sid")),
                actor=actor,
                reason=reason,
            )
        return self.answer(self.get_object())

    def _replacement(self, sid: str | None) -> Listing | None:
        """What the caller can see anyway, so the answer tells nobody of a listing that is not announced."""
        if sid is None:
            return None
        listing = Listing.objects.readable_by(account_of(self.request)).filter(sid=sid).first()
        if listing is None:
            raise availability.NotDeprecable(
                "Invalid Replacement: name a listing that everybody sees in the catalogue"
            )
        return listing
