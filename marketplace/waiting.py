"""What of an account's installed add-ons asks for a look: a newer version, or an end that is announced."""

from dataclasses import dataclass
from typing import Final

from django.db.models import F

from accounts.models import Account
from marketplace.models import InstalledAddOn
from publishers.models import Listing

SHOWN: Final = 5


@dataclass(frozen=True)
class Waiting:
    """One installed add-on, and what its publisher names instead of it if the account can see that."""

    installed: InstalledAddOn
    replacement: Listing | None


@dataclass(frozen=True)
class Waitings:
    """The first few, and whether there are more."""

    shown: list[Waiting]
    is_more: bool


def waiting(account: Account) -> Waitings:
    """Those that end soonest come first, then by name. Two queries at most, however many there are."""
    rows = InstalledAddOn.objects.of(account).asking_for_a_look().with_listing()
    related = rows.select_related("version__listing__published_version")
    light = related.defer(
        "sealed_configuration", "version__definition", "version__listing__published_version__definition"
    )
    soonest = F("version__listing__deprecated_until").asc(nulls_last=True)
    found = list(light.order_by(soonest, "unique_name")[: SHOWN + 1])
    replaced = [each.listing for each in found if each.listing.deprecated_until]
    named = {listing.replacement_id for listing in replaced if listing.replacement_id is not None}
    seen = Listing.objects.visible_to(account).filter(pk__in=named).in_bulk() if named else {}
    shown = [Waiting(each, _replacement(each.listing, seen)) for each in found[:SHOWN]]
    return Waitings(shown, is_more=len(found) > SHOWN)


def _replacement(listing: Listing, seen: dict[int, Listing]) -> Listing | None:
    return seen.get(listing.replacement_id or 0) if listing.deprecated_until else None
