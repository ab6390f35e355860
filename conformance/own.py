"""The one door of the test pages to a listing and its versions: the account's own."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from accounts.requests import account_of
from publishers.models import Listing, ListingVersion
from rest.sids import is_sid


def own_listing(request: HttpRequest, sid: str) -> Listing:
    """The listing of the account in use, with its publisher. Raises Http404, NoAccount, ReadOnly."""
    listings = Listing.objects.of(account_of(request)).select_related("publisher__account")
    if not is_sid(sid, "XB"):
        raise Http404
    return get_object_or_404(listings, sid=sid)


def versions_of(listing: Listing) -> Sequence[ListingVersion]:
    """All versions, newest first, each with this listing."""
    versions = list(listing.versions.order_by("-number"))
    for each in versions:
        each.listing = listing
    return versions


def chosen(
    request: HttpRequest, listing: Listing, versions: Sequence[ListingVersion]
) -> ListingVersion | None:
    """The version that a page is about: the one that is asked for, else the open one, the published one, or
    the newest. None when there is no version. Raises Http404 for one that is asked for and not there.
    """
    wanted = request.GET.get("version", "")
    if wanted:
        found = next((each for each in versions if each.sid == wanted), None)
        if found is None:
            raise Http404
        return found
    is_open = [each for each in versions if each.status in ListingVersion.OPEN]
    published = [each for each in versions if each.pk == listing.published_version_id]
    return next(iter([*is_open, *published, *versions]), None)
