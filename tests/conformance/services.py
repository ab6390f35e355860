"""Listings whose services are fakes on the loopback, for tests of the bench and of contract reports."""

from typing import Any

from accounts.models import Account
from conformance.bench_events import Given
from publishers.models import Listing, ListingVersion, Publisher
from tests.factories import make_definition, make_listing, make_publisher, make_recording_definition
from tests.fake_publisher import FakePublisher

NUMBER = "+14155550100"
LOOKUP = Given(point="lookup-api", event={"primary_address": NUMBER})
SAMPLE = Given(point="recording-verb", event={"channels": 1, "milliseconds": 500})


def listing_at(
    service: FakePublisher | None = None, *, publisher: Publisher | None = None, **changes: Any
) -> Listing:
    """A published listing that asks this service, or nobody's."""
    definition = make_definition()
    if service is not None:
        definition["request"] = {**definition["request"], "url": service.url("/facts")}
    credentials = changes.pop("credentials", None)
    return make_listing(publisher=publisher, definition={**definition, **changes}, credentials=credentials)


def version_at(service: FakePublisher | None = None, **changes: Any) -> ListingVersion:
    """Its version, with everything that a test call takes."""
    return with_all(listing_at(service, **changes).versions.get())


def recording_version_at(service: FakePublisher, **changes: Any) -> ListingVersion:
    """A version for recordings that asks this service."""
    definition = make_recording_definition()
    definition["request"] = {**definition["request"], "url": service.url("/transcripts")}
    listing = make_listing(definition={**definition, **changes})
    return with_all(listing.versions.get())


def with_all(version: ListingVersion) -> ListingVersion:
    """The version as views and tasks read it."""
    return ListingVersion.objects.select_related("listing__publisher__account").get(pk=version.pk)


def publishing(account: Account) -> Publisher:
    """The account as a publisher."""
    publisher = make_publisher()
    Publisher.objects.filter(pk=publisher.pk).update(account=account)
    return Publisher.objects.get(pk=publisher.pk)
