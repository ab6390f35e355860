"""Shapes that no serializer describes, for the OpenAPI document only.

A lookup and the list of listings are written without a serializer; some fields say with their own code
what they hold.
"""

# Not every function of drf-spectacular says its types.
# mypy: untyped-calls-exclude=drf_spectacular

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension, OpenApiViewExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from invocations.points.lookup import DEFAULT_COUNTRY
from rest.openapi_parts import JsonSchema


class LookupIn(serializers.Serializer[None]):
    """The query of a lookup."""

    CountryCode = serializers.RegexField("^[A-Za-z]{2}$", required=False, default=DEFAULT_COUNTRY)
    Type = serializers.ListField(
        child=serializers.ChoiceField(choices=["carrier", "caller-name"]), required=False
    )
    AddOns = serializers.ListField(child=serializers.CharField(), required=False)


class CallerName(serializers.Serializer[None]):
    """Who a number belongs to."""

    caller_name = serializers.CharField(allow_null=True)
    caller_type = serializers.CharField(allow_null=True)
    error_code = serializers.IntegerField(allow_null=True)


class Carrier(serializers.Serializer[None]):
    """Which network a number is in."""

    mobile_country_code = serializers.CharField(allow_null=True)
    mobile_network_code = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    type = serializers.CharField(allow_null=True)
    error_code = serializers.IntegerField(allow_null=True)


class AddOnEntry(serializers.Serializer[None]):
    """What one add-on answered."""

    status = serializers.CharField()
    request_sid = serializers.CharField()
    message = serializers.CharField(allow_null=True)
    code = serializers.IntegerField(allow_null=True)
    result = serializers.JSONField()


class AddOnsEnvelope(serializers.Serializer[None]):
    """The answers of all add-ons that were asked, by unique name."""

    status = serializers.CharField()
    message = serializers.CharField(allow_null=True)
    code = serializers.IntegerField(allow_null=True)
    results = serializers.DictField(child=AddOnEntry())


class LookupOut(serializers.Serializer[None]):
    """A number, and what the account's add-ons say of it."""

    caller_name = CallerName(allow_null=True)
    country_code = serializers.CharField()
    phone_number = serializers.CharField()
    national_format = serializers.CharField()
    carrier = Carrier(allow_null=True)
    add_ons = AddOnsEnvelope(allow_null=True)
    url = serializers.CharField()


class LookupShape(OpenApiViewExtension):
    """A lookup's view, with its serializers."""

    target_class = "invocations.api.PhoneNumber"

    def view_replacement(self) -> type[Any]:
        shapes = {"serializer_class": LookupOut, "query": {"retrieve": LookupIn}}
        return type("PhoneNumber", (self.target,), shapes)


class ListingEntry(serializers.Serializer[None]):
    """A listing in the list: what its module_info holds, and its SID."""

    sid = serializers.CharField()


class Listings(serializers.Serializer[None]):
    """The caller's listings, all of them."""

    listings = ListingEntry(many=True)


class ListingsShape(OpenApiViewExtension):
    """The view of the caller's listings, with the shape of its list."""

    target_class = "publishers.api.Listings"

    def view_replacement(self) -> type[Any]:
        return type("Listings", (self.target,), {"answers": {"list": Listings}})


class ConstantShape(OpenApiSerializerFieldExtension):
    """A key whose value never changes."""

    target_class = "marketplace.number_serializers.Constant"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> JsonSchema:
        return {"const": self.target.value}
