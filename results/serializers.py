"""Results of recording add-ons and their payloads as the 2010 API shows them, keys in the contract's order
(4.5).
"""

from typing import Any

from rest_framework import serializers

from rest.representation import Out, Rfc2822Date
from results.result_models import AddOnResult, Payload


class OfRecording(Out[Any]):
    """A resource below a recording; the path, already checked, names the recording and its account."""

    def sid_of(self, kind: str) -> str:
        return str(self.context["view"].kwargs[kind])

    def get_account_sid(self, _: Any) -> str:
        return self.sid_of("account_sid")

    def get_reference_sid(self, _: Any) -> str:
        return self.sid_of("recording_sid")

    def uri_below(self, view: str, *sids: str) -> str:
        return self.uri_of(view, self.sid_of("account_sid"), self.sid_of("recording_sid"), *sids)


class AddOnResultOut(OfRecording):
    """What one add-on makes of a recording. Until it ends, it has no date of completion."""

    sid = serializers.CharField()
    account_sid = serializers.SerializerMethodField()
    reference_sid = serializers.SerializerMethodField()
    status = serializers.CharField()
    add_on_sid = serializers.CharField(source="version.listing.sid")
    add_on_configuration_sid = serializers.CharField(source="installed_add_on.sid")
    date_created = Rfc2822Date()
    date_updated = Rfc2822Date()
    date_completed = Rfc2822Date()
    subresource_uris = serializers.SerializerMethodField()

    def get_subresource_uris(self, result: AddOnResult) -> dict[str, str]:
        return {"payloads": self.uri_below("payloads", result.sid)}


class PayloadOut(OfRecording):
    """One part of what the publisher sent."""

    sid = serializers.CharField()
    reference_sid = serializers.SerializerMethodField()
    add_on_sid = serializers.CharField(source="result.version.listing.sid")
    add_on_configuration_sid = serializers.CharField(source="result.installed_add_on.sid")
    add_on_result_sid = serializers.SerializerMethodField()
    account_sid = serializers.SerializerMethodField()
    label = serializers.CharField()  # type: ignore[assignment]  # a key of the contract; DRF takes it off the class
    content_type = serializers.CharField()
    date_created = Rfc2822Date()
    date_updated = Rfc2822Date()
    subresource_uris = serializers.SerializerMethodField()

    def get_add_on_result_sid(self, _: Payload) -> str:
        return self.sid_of("result_sid")

    def get_subresource_uris(self, payload: Payload) -> dict[str, str]:
        return {"data": self.uri_below("payload-data", self.sid_of("result_sid"), payload.sid)}


class PayloadDataOut(Out[Any]):
    """Where the bytes are. The official client reads it here; others follow `Location`."""

    redirect_to = serializers.CharField()
