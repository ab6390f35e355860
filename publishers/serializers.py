"""Listings and versions as the API shows them (contract 3.6, 3.7), and the parameters it takes."""

import re
from typing import Any

from rest_framework import serializers

from publishers.blocks import CREDENTIAL_NAME, CREDENTIAL_NAME_RULE
from publishers.contract.limits import MAX_DEFINITION_BYTES
from publishers.models import Listing, ListingVersion
from publishers.versions import PUBLISHABLE_AS
from rest.parameters import Choice, Flag, JsonObject, Text
from rest.representation import IsoDate, Out

# A block may fill a request: policies have up to 5 MB in the contract, a request of ours 1 MiB.
MAX_BLOCK_CHARACTERS = 1_048_576
MAX_REASON_CHARACTERS = 2_000
MAX_CREDENTIAL_CHARACTERS = 4_096
MAX_NOTES_CHARACTERS = 10_000


class ListingOut(Out[Listing]):
    """A listing's blocks."""

    sid = serializers.CharField()
    url = serializers.SerializerMethodField()
    description = serializers.JSONField()
    support = serializers.JSONField()
    policies = serializers.JSONField()
    module_info = serializers.JSONField()
    documentation = serializers.JSONField()
    pricing = serializers.JSONField()
    configuration = serializers.JSONField()

    def get_url(self, listing: Listing) -> str:
        return self.url_of("listing", listing.sid)

    def to_representation(self, instance: Listing) -> dict[str, Any]:
        """A block without anything in it is null."""
        return {name: value or None for name, value in super().to_representation(instance).items()}


class VersionOut(Out[ListingVersion]):
    """A version of a listing. Its credentials are never shown."""

    sid = serializers.CharField()
    listing_sid = serializers.CharField(source="listing.sid")
    account_sid = serializers.CharField(source="listing.publisher.account.sid")
    number = serializers.IntegerField()
    status = serializers.CharField()
    definition = serializers.JSONField()
    reason = serializers.SerializerMethodField()
    notes = serializers.CharField()
    publish_on_approval = serializers.BooleanField()
    date_created = IsoDate()
    date_updated = IsoDate()
    date_published = IsoDate()
    url = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()

    def get_reason(self, version: ListingVersion) -> str | None:
        return version.reason or None

    def get_url(self, version: ListingVersion) -> str:
        return self.url_of("listing-version", version.listing.sid, version.sid)

    def get_links(self, version: ListingVersion) -> dict[str, str]:
        sids = (version.listing.sid, version.sid)
        return {
            "listing": self.url_of("listing", version.listing.sid),
            "differences": self.url_of("listing-version-differences", *sids),
            "comments": self.url_of("listing-version-comments", *sids),
        }


class Credentials(JsonObject):
    """Secrets by name; null or empty text removes one. A fault never repeats what was sent."""

    default_error_messages = {
        "bad_name": CREDENTIAL_NAME_RULE,
        "bad_value": f"/{{name}} must be a text of at most {MAX_CREDENTIAL_CHARACTERS} characters, or null",
        "nul": "/{name} must not have a NUL character",
    }

    def to_internal_value(self, data: str) -> dict[str, Any]:
        given = super().to_internal_value(data)
        for name, value in given.items():
            if not re.fullmatch(CREDENTIAL_NAME, name) or name.endswith("\n"):
                self.fail("bad_name")
            if value is not None and (not isinstance(value, str) or len(value) > MAX_CREDENTIAL_CHARACTERS):
                self.fail("bad_value", name=name)
            if value and "\0" in value:
                self.fail("nul", name=name)
        return given


def _block(source: str, **options: Any) -> JsonObject:
    return JsonObject(source=source, max_characters=MAX_BLOCK_CHARACTERS, **options)


class ListingCreateIn(serializers.Serializer[None]):
    """Parameters of a new listing."""

    ModuleInfo = _block("module_info")
    Configuration = _block("configuration", required=False)


class ListingUpdateIn(serializers.Serializer[None]):
    """The blocks to replace. What is absent stays."""

    ModuleInfo = _block("module_info", required=False)
    Description = _block("description", required=False)
    Documentation = _block("documentation", required=False)
    Policies = _block("policies", required=False)
    Support = _block("support", required=False)
    Configuration = _block("configuration", required=False)
    Pricing = _block("pricing", required=False)


class VersionCreateIn(serializers.Serializer[None]):
    """Parameters of a new draft."""

    Definition = JsonObject(source="definition", max_characters=MAX_DEFINITION_BYTES)
    Credentials = Credentials(source="credentials", required=False, default=None)
    Notes = Text(
        source="notes", required=False, allow_blank=True, default="", max_length=MAX_NOTES_CHARACTERS
    )


class VersionUpdateIn(serializers.Serializer[None]):
    """Parameters of a change. What is absent stays."""

    Definition = JsonObject(
        source="definition", max_characters=MAX_DEFINITION_BYTES, required=False, default=None
    )
    Credentials = Credentials(source="credentials", required=False, default=None)
    Status = Text(source="status", required=False, default=None)
    Reason = Text(
        source="reason", required=False, allow_blank=True, default="", max_length=MAX_REASON_CHARACTERS
    )
    Availability = Choice(
        source="availability", required=False, default=None, choices=[str(each) for each in PUBLISHABLE_AS]
    )
    PublishAtOnce = Flag(source="publish_at_once", required=False, default=None)
    Notes = Text(
        source="notes", required=False, allow_blank=True, default=None, max_length=MAX_NOTES_CHARACTERS
    )
    PublishOnApproval = Flag(source="publish_on_approval", required=False, default=None)
