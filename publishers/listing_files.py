"""A listing as one JSON file: check it, store it, write it back (`listing.schema.json`).

The command line, the demo and the tests come through here. A file with faults stores nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from jsonschema import Draft7Validator

from accounts.requests import Actor
from publishers.blocks import BLOCKS, SCHEMA
from publishers.contract.definition import definition_faults
from publishers.contract.definition_shape import described_faults
from publishers.models import Availability, Listing, ListingVersion, Publisher
from publishers.submission import missing_credentials
from publishers.versions import publish as publish_version
from schema_forms.schemas import Fault, nul_faults

_VALIDATOR: Final = Draft7Validator(SCHEMA)
# An import publishes by an operator's hand; whose, the command line does not know.
_IMPORTER: Final = Actor(user=None, credential="import_listing", ip_address="")
_GIVEN_UP: Final = (ListingVersion.Status.REJECTED, ListingVersion.Status.WITHDRAWN)


class BadListingFile(ValueError):
    """The file cannot be used; `faults` says everything that is wrong with it."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.path or '/'}: {fault.message}" for fault in faults))


@dataclass(frozen=True)
class Stored:
    """What a file became. `is_new_version` is False when the definition had not changed."""

    listing: Listing
    version: ListingVersion
    is_new_listing: bool
    is_new_version: bool


def listing_faults(document: Any, credentials: Mapping[str, str]) -> list[Fault]:
    """Everything wrong with a listing file, given the credentials at hand by name."""
    faults = described_faults(_VALIDATOR.iter_errors(document)) + nul_faults(document)
    if not isinstance(document, dict):
        return faults
    definition = document.get("definition")
    if isinstance(definition, dict):
        judged = definition_faults(definition, allow_http_hosts=settings.OUTBOUND_ALLOWED_HOSTS)
        faults += [Fault(f"/definition{fault.path}", fault.message, fault.keyword) for fault in judged]
    if isinstance(document.get("publisher"), str) and isinstance(document.get("unique_name"), str):
        faults += _publisher_faults(document)
    return faults or _credential_faults(document, credentials)


def store(document: dict[str, Any], *, credentials: Mapping[str, str], publish: bool) -> Stored:
    """Create or update the listing and its version. Raises BadListingFile; then nothing is stored.

    Credentials that are not given keep their stored value. A definition that differs from the newest
    version becomes the draft, or with `publish` a new published version; installs stay on theirs.
    """
    known = Listing.objects.filter(
        unique_name=document.get("unique_name", "") if _is_object(document) else ""
    )
    at_hand = {**(known[0].credentials if known else {}), **credentials}
    if faults := listing_faults(document, at_hand):
        raise BadListingFile(faults)
    publisher = Publisher.objects.get(slug=document["publisher"])
    with transaction.atomic():
        listing = known.first() or Listing(publisher=publisher, unique_name=document["unique_name"])
        is_new_listing = listing.pk is None
        _write_blocks(listing, document, at_hand)
        version, is_new_version = _version_of(listing, document["definition"])
        if publish:
            availability = document.get("availability", Availability.GA)
            publish_version(version=version, availability=availability, actor=_IMPORTER)
    return Stored(listing, version, is_new_listing, is_new_version)


def export(listing: Listing, version: ListingVersion) -> dict[str, Any]:
    """The file that makes this listing again. Credentials are named, with a variable to give each in."""
    blocks = {name: getattr(listing, name) for name in BLOCKS}
    variables = {
        name: {"env": f"{listing.unique_name}_{name}".upper().replace("-", "_")}
        for name in listing.credentials
    }
    return {
        "publisher": listing.publisher.slug,
        "unique_name": listing.unique_name,
        "availability": listing.availability,
        "category": listing.category,
        **{name: block for name, block in blocks.items() if block},
        "definition": version.definition,
        "credentials": variables,
    }


def remove(listing: Listing) -> None:
    """Delete a listing that nobody uses any more, with its versions. Raises ProtectedError otherwise."""
    with transaction.atomic():
        Listing.objects.filter(pk=listing.pk).update(published_version=None)
        listing.versions.all().delete()
        listing.delete()


def _is_object(document: Any) -> bool:
    return isinstance(document, dict)


def _publisher_faults(document: Mapping[str, Any]) -> list[Fault]:
    publisher = Publisher.objects.filter(slug=document["publisher"]).first()
    if publisher is None:
        return [Fault("/publisher", "no publisher has this name: create it first", "publisher")]
    other = Listing.objects.filter(unique_name=document["unique_name"]).exclude(publisher=publisher)
    if other.exists():
        return [Fault("/unique_name", "belongs to another publisher: choose another name", "unique_name")]
    return []


def _credential_faults(document: Mapping[str, Any], credentials: Mapping[str, str]) -> list[Fault]:
    """Every credential the definition uses must be at hand."""
    sources = document.get("credentials", {})
    return [
        Fault(f"/credentials/{name}", _how_to_give(name, sources.get(name)), "credential")
        for name in missing_credentials(document["definition"], credentials)
    ]


def _how_to_give(name: str, source: Mapping[str, str] | None) -> str:
    if source is None:
        return f'the definition uses it: name its source here, such as {{"env": "{name.upper()}"}}'
    return f"has no value: set the environment variable {source['env']}, or give it in the credentials file"


def _write_blocks(listing: Listing, document: Mapping[str, Any], credentials: Mapping[str, str]) -> None:
    for name in BLOCKS:
        setattr(listing, name, document.get(name, {}))
    listing.category = document.get("category", "")
    listing.credentials = dict(credentials)
    listing.save()


def _version_of(listing: Listing, definition: dict[str, Any]) -> tuple[ListingVersion, bool]:
    """The version that holds this definition: the newest if it is the same, else the draft or a new one.

    Raises BadListingFile when another definition waits for an operator: one version at a time.
    """
    newest = listing.versions.first()
    if newest is not None and newest.definition == definition and newest.status not in _GIVEN_UP:
        return newest, False
    if newest is not None and newest.is_editable:
        newest.definition = definition
        newest.save(update_fields=["definition", "date_updated"])
        return newest, False
    if newest is not None and newest.status in ListingVersion.WAITING:
        message = f"version {newest.number} is {newest.status}: withdraw it, or decide on it, first"
        raise BadListingFile([Fault("/definition", message, "status")])
    last = listing.versions.aggregate(last=Max("number"))["last"] or 0
    return listing.versions.create(number=last + 1, definition=definition), True
