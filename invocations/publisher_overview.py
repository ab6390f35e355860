"""How each add-on of a publisher stands: its state, who has it, how it does, what it earned this month."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Sum
from django.utils import timezone

from billing.models import LedgerEntry
from invocations.service_level import MONTH, Budget, budget_of
from marketplace.models import InstalledAddOn
from publishers.models import Listing, ListingVersion, Publisher, ReviewComment
from results.publisher_log import ServiceLevel, service_levels

# What the page says of a version's state, and the state's look.
STATES = {
    ListingVersion.Status.DRAFT: ("draft", "Draft"),
    ListingVersion.Status.SUBMITTED: ("in-progress", "Waiting for review"),
    ListingVersion.Status.CHANGES_REQUESTED: ("failed", "Changes requested"),
    ListingVersion.Status.APPROVED: ("successful", "Approved, not yet published"),
}


@dataclass(frozen=True, kw_only=True)
class OpenComments:
    """What operators wrote about a version that is still open, and how much of it asks for a change."""

    total: int = 0
    requests: int = 0


@dataclass(frozen=True, kw_only=True)
class ListingRow:
    """One listing of the overview. `earned`: currency and millionths, since the month began."""

    listing: Listing
    published: ListingVersion | None
    open_version: ListingVersion | None
    installs: int
    day: ServiceLevel
    budget: Budget
    earned: Sequence[tuple[str, int]]
    comments: OpenComments

    @property
    def open_state(self) -> tuple[str, str] | None:
        """The look and the words of the version that is not published yet."""
        if self.open_version is None:
            return None
        return STATES[ListingVersion.Status(self.open_version.status)]


def overview(publisher: Publisher, versions: Sequence[ListingVersion]) -> list[ListingRow]:
    """A row for each listing, by name; `versions`: all of them, newest first.

    However many listings there are, it asks the database as often.
    """
    account_sid = publisher.account.sid
    installs = _installs(publisher)
    earned = _earned(publisher)
    comments = _comments(publisher)
    days = service_levels(versions, account_sid=account_sid)
    months = service_levels(versions, account_sid=account_sid, period=MONTH.length)
    of_listing: defaultdict[int, list[ListingVersion]] = defaultdict(list)
    for version in versions:
        of_listing[version.listing_id].append(version)
    rows = []
    for listing in sorted(publisher.listings.all(), key=lambda each: (each.name.lower(), each.sid)):
        own = of_listing[listing.pk]
        rows.append(
            ListingRow(
                listing=listing,
                published=next((each for each in own if each.pk == listing.published_version_id), None),
                open_version=next((each for each in own if each.status in ListingVersion.OPEN), None),
                installs=installs.get(listing.pk, 0),
                day=_together(own, days),
                budget=budget_of(_together(own, months)),
                earned=earned.get(listing.pk, ()),
                comments=comments.get(listing.pk, OpenComments()),
            )
        )
    return rows


def month_began(at: datetime) -> datetime:
    """The first moment of the month, in UTC as statements count."""
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _together(versions: Sequence[ListingVersion], levels: Mapping[int, ServiceLevel]) -> ServiceLevel:
    return ServiceLevel.together(levels[each.pk] for each in versions if each.pk in levels)


def _installs(publisher: Publisher) -> dict[int, int]:
    live = InstalledAddOn.objects.live().filter(version__listing__publisher=publisher).order_by()
    return dict(live.values_list("version__listing").annotate(Count("pk")))


def _earned(publisher: Publisher) -> dict[int, list[tuple[str, int]]]:
    """Since the month began, by currency: a SID begins with the time in milliseconds."""
    first = f"LE{int(month_began(timezone.now()).timestamp() * 1000):012x}"
    entries = LedgerEntry.objects.filter(payee=publisher.account_id, sid__gte=first).order_by()
    found: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    sums = entries.values_list("version__listing", "currency").annotate(Sum("amount_micros"))
    for listing, currency, micros in sums.order_by("currency"):
        found[listing].append((currency, micros))
    return found


def _comments(publisher: Publisher) -> dict[int, OpenComments]:
    """Of versions that are still under way: what was said of an older one is history."""
    waiting = ReviewComment.objects.filter(
        version__listing__publisher=publisher,
        version__status__in=ListingVersion.OPEN,
        is_operators=True,
        resolved_at=None,
    )
    counts = waiting.order_by().values_list("version__listing")
    asks = Count("pk", filter=Q(is_request=True))
    return {
        listing: OpenComments(total=total, requests=requests)
        for listing, total, requests in counts.annotate(total=Count("pk"), requests=asks)
    }
