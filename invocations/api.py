"""Lookups API v1 (contract section 5)."""

from typing import Any

import orjson
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.requests import account_of
from invocations.points import lookup
from rest.errors import NotFound, Refused, not_found_message
from rest.representation import api_url
from results.envelope import envelope

# "Unprovisioned or out of coverage": what the platform says when it has no source for carrier data.
NO_SOURCE = 60600


class BadCountry(Refused):
    """400: `CountryCode` is no country we can read national numbers of."""


class PhoneNumber(APIView):
    """A number, and what the account's add-ons say of it. Only GET: a HEAD would ask, and pay, unseen."""

    http_method_names = ["get"]
    reading_spends = True

    def get(self, request: Request, number: str) -> HttpResponse:
        country = request.query_params.get("CountryCode") or lookup.DEFAULT_COUNTRY
        if not lookup.is_country(country):
            raise BadCountry("Invalid CountryCode: use a two-letter country code such as US")
        parsed = lookup.parse_number(number, country.upper())
        if parsed is None:
            raise NotFound(not_found_message(f"/PhoneNumbers/{number}"))
        asked = lookup.read_add_ons(request.query_params.lists())
        add_ons = None
        if asked is not None:
            add_ons = envelope(lookup.run(account=account_of(request), number=parsed, asked=asked))
        body = _resource(parsed, set(request.query_params.getlist("Type")), add_ons)
        # What was paid for is not kept by anybody on the way, and never answered by a 304.
        headers = {"Cache-Control": "private, no-store"}
        return HttpResponse(orjson.dumps(body), content_type="application/json", headers=headers)


def _resource(number: lookup.Number, types: set[str], add_ons: dict[str, Any] | None) -> dict[str, Any]:
    """The resource, keys in the contract's order. A self-hosted system has no carrier or name data."""
    caller_name = {"caller_name": None, "caller_type": None, "error_code": NO_SOURCE}
    carrier = {
        "mobile_country_code": None,
        "mobile_network_code": None,
        "name": None,
        "type": None,
        "error_code": NO_SOURCE,
    }
    return {
        "caller_name": caller_name if "caller-name" in types else None,
        "country_code": number.country_code,
        "phone_number": number.e164,
        "national_format": number.national_format,
        "carrier": carrier if "carrier" in types else None,
        "add_ons": add_ons,
        "url": api_url("lookups", "lookup-number", number.e164),
    }
