"""Lookups API v1 (contract section 5), as one of the site's views.

The server answers an ordinary lookup in `invocations.lookup_app` already, in front of the site; this view
has the others (odd paths, other servers), and gives the API its place in the description.
"""

from typing import Final

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.requests import account_of
from invocations.events import EngineFailed
from invocations.points import lookup

# What was paid for is not kept by anybody on the way, and never answered by a 304.
HEADERS: Final = {"Content-Type": "application/json", "Cache-Control": "private, no-store"}


class PhoneNumber(APIView):
    """A number, and what the account's add-ons say of it. Only GET: a HEAD would ask, and pay, unseen."""

    http_method_names = ["get"]
    reading_spends = True

    def get(self, request: Request, number: str) -> HttpResponse:
        wanted = lookup.read(number, lookup.Question.of(request.query_params))
        try:
            asked = wanted.question.asked
            outcomes = lookup.run(account=account_of(request), number=wanted.number, asked=asked)
        except EngineFailed:
            return HttpResponse(lookup.resource_without_answers(wanted), headers=HEADERS)
        return HttpResponse(lookup.resource(wanted, outcomes), headers=HEADERS)
