"""The one door of the assistants' pages to a listing: the account's own, and nobody else's."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.requests import account_of
from publishers.models import Listing


def own_listing(request: HttpRequest, sid: str) -> Listing:
    """The listing of the account in use, with its publisher. Raises Http404, NoAccount, or ReadOnly."""
    listings = Listing.objects.of(account_of(request))
    return get_object_or_404(listings.select_related("publisher__account", "published_version"), sid=sid)
