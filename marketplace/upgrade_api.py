"""Upgrades through the API: our own extension, beside what the contract has (section 15 leaves it open)."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.idempotency import idempotent
from accounts.requests import account_of, actor_of
from marketplace import upgrades
from marketplace.models import InstalledAddOn
from marketplace.serializers import InstalledAddOnOut
from marketplace.upgrades import Upgrade
from publishers.compiled import definition_of
from rest.parameters import Flag, JsonObject, Text
from rest.representation import Out
from rest.views import Resources

MAX_MARK_CHARACTERS = 200


class ChangeOut(serializers.Serializer[None]):
    """One thing that an upgrade changes."""

    kind = serializers.CharField()
    sentence = serializers.CharField()


class NotesOut(serializers.Serializer[None]):
    """What is new in one version."""

    version = serializers.IntegerField()
    notes = serializers.CharField()


class UpgradeOut(Out[InstalledAddOn]):
    """What an installed add-on can become; without an offer everything but its own version is null."""

    installed_add_on_sid = serializers.CharField(source="sid")
    account_sid = serializers.CharField(source="account.sid")
    version = serializers.IntegerField(source="version.number")
    available_version = serializers.SerializerMethodField()
    mark = serializers.SerializerMethodField()
    changes = serializers.SerializerMethodField()
    notes = serializers.SerializerMethodField()
    configuration_schema = serializers.SerializerMethodField()
    missing = serializers.SerializerMethodField()
    terms_of_service = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_available_version(self, installed: InstalledAddOn) -> int | None:
        return offer.version.number if (offer := self._offer()) else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_mark(self, installed: InstalledAddOn) -> str | None:
        """Sent back with the upgrade, it makes sure that nothing else is agreed to."""
        return offer.mark if (offer := self._offer()) else None

    @extend_schema_field(ChangeOut(many=True))
    def get_changes(self, installed: InstalledAddOn) -> list[dict[str, str]]:
        """Gravest first: what is sent, the price, the settings, where it runs, the answer."""
        found = offer.changes if (offer := self._offer()) else []
        return [{"kind": each.risk.value, "sentence": each.sentence} for each in found]

    @extend_schema_field(NotesOut(many=True))
    def get_notes(self, installed: InstalledAddOn) -> list[dict[str, Any]]:
        """Of every version published since, newest first."""
        since = offer.published_since if (offer := self._offer()) else []
        return [{"version": each.number, "notes": each.notes} for each in since if each.notes]

    @extend_schema_field({"type": ["object", "null"], "additionalProperties": {}})
    def get_configuration_schema(self, installed: InstalledAddOn) -> dict[str, Any] | None:
        return offer.version.configuration_schema if (offer := self._offer()) else None

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_missing(self, installed: InstalledAddOn) -> list[str]:
        """What the new version asks for beyond the present configuration."""
        if (offer := self._offer()) is None:
            return []
        faults = definition_of(offer.version).configuration_schema.faults(offer.configuration)
        return [f"{fault.path} {fault.message}".strip() for fault in faults]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_terms_of_service(self, installed: InstalledAddOn) -> str | None:
        """Only when they have changed, and must be accepted anew."""
        offer = self._offer()
        return installed.listing.terms if offer and offer.terms_changed else None

    def get_url(self, installed: InstalledAddOn) -> str:
        return self.url_of("upgrade", installed.sid)

    def get_links(self, installed: InstalledAddOn) -> dict[str, str]:
        return {"installed_add_on": self.url_of("installed-add-on", installed.sid)}

    def _offer(self) -> Upgrade | None:
        """The view has looked it up, once for all fields."""
        offer: Upgrade | None = self.context["offer"]
        return offer


class UpgradeIn(serializers.Serializer[None]):
    """What goes with an upgrade. Without a configuration the present values stay where they still fit."""

    Configuration = JsonObject(source="configuration", required=False, default=None)
    AcceptTermsOfService = Flag(source="accept_terms", required=False, default=False)
    Mark = Text(source="seen", required=False, default=None, max_length=MAX_MARK_CHARACTERS)


class Upgrades(Resources[InstalledAddOn]):
    """Whether one of the caller's installed add-ons can be upgraded, and doing it."""

    serializer_class = UpgradeOut
    parameters = {"update": UpgradeIn}
    answers = {"update": InstalledAddOnOut}

    def get_queryset(self) -> QuerySet[InstalledAddOn]:
        own = InstalledAddOn.objects.of(account_of(self.request)).in_api()
        return own.with_listing().select_related("account", "version__listing__published_version")

    def retrieve(self, request: Request, sid: str) -> Response:
        installed = self.get_object()
        context = {**self.get_serializer_context(), "offer": upgrades.offered(installed)}
        return Response(UpgradeOut(installed, context=context).data)

    @idempotent
    def update(self, request: Request, sid: str) -> Response:
        installed = self.get_object()
        data = UpgradeIn(data=request.data)
        data.is_valid(raise_exception=True)
        upgrades.upgrade(installed=installed, actor=actor_of(request), **data.validated_data)
        row = InstalledAddOn.objects.as_rows().get(pk=installed.pk)
        return Response(InstalledAddOnOut(row, context=self.get_serializer_context()).data)
