"""The marketplace resources, keys in the contract's order (sections 3.1 to 3.4), and their parameters."""

from functools import cached_property
from typing import Any

from rest_framework import serializers

from accounts.requests import account_of
from marketplace import configuration as configurations
from marketplace.models import InstalledAddOn, InstalledExtension, InstalledRow
from publishers.contract.points import POINTS
from publishers.models import Extension, Listing, name_in, short_description_in
from rest.parameters import Flag, JsonObject, Sid, Text
from rest.representation import IsoDate, Out


class AvailableAddOnOut(Out[Listing]):
    """A listing as the API's catalogue shows it."""

    sid = serializers.CharField()
    friendly_name = serializers.CharField(source="name")
    description = serializers.CharField(source="short_description")
    pricing_type = serializers.CharField(source="published_version.pricing_type")
    configuration_schema = serializers.JSONField(source="published_version.configuration_schema")
    url = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()

    def get_url(self, listing: Listing) -> str:
        return self.url_of("available-add-on", listing.sid)

    def get_links(self, listing: Listing) -> dict[str, str]:
        return {"extensions": self.url_of("available-extensions", listing.sid)}


class AvailableExtensionOut(Out[Extension]):
    """An extension point a listing offers. There is no switch here."""

    sid = serializers.CharField()
    available_add_on_sid = serializers.CharField(source="listing.sid")
    friendly_name = serializers.SerializerMethodField()
    product_name = serializers.SerializerMethodField()
    unique_name = serializers.CharField()
    url = serializers.SerializerMethodField()

    def get_friendly_name(self, extension: Extension) -> str:
        return POINTS[extension.unique_name].friendly_name

    def get_product_name(self, extension: Extension) -> str:
        return POINTS[extension.unique_name].product_name

    def get_url(self, extension: Extension) -> str:
        return self.url_of("available-extension", extension.listing.sid, extension.sid)


class InstalledAddOnOut(Out[Any]):
    """One configuration of an add-on in the caller's account, from an InstalledRow."""

    sid = serializers.CharField()
    account_sid = serializers.SerializerMethodField()
    friendly_name = serializers.SerializerMethodField()
    description = serializers.SerializerMethodField()
    configuration = serializers.SerializerMethodField()
    unique_name = serializers.CharField()
    date_created = IsoDate()
    date_updated = IsoDate()
    url = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()

    def get_account_sid(self, installed: InstalledRow) -> str:
        return self._account_sid

    @cached_property
    def _account_sid(self) -> str:
        """Everything the API shows of installs is the caller's own, so no row needs a join for it."""
        return account_of(self.context["request"]).sid

    def get_friendly_name(self, installed: InstalledRow) -> str:
        return name_in(installed.version__listing__module_info) or installed.version__listing__unique_name

    def get_description(self, installed: InstalledRow) -> str:
        return short_description_in(installed.version__listing__module_info)

    def get_configuration(self, installed: InstalledRow) -> dict[str, Any]:
        document = InstalledAddOn.configuration_in(installed)
        return configurations.masked_by_sid(installed.version__sid, document)

    def get_url(self, installed: InstalledRow) -> str:
        return self.url_of("installed-add-on", installed.sid)

    def get_links(self, installed: InstalledRow) -> dict[str, str]:
        return {
            "extensions": self.url_of("installed-extensions", installed.sid),
            "available_add_on": self.url_of("available-add-on", installed.version__listing__sid),
        }


class InstalledExtensionOut(Out[InstalledExtension]):
    """The switch of one extension point."""

    sid = serializers.CharField(source="extension.sid")
    installed_add_on_sid = serializers.CharField(source="installed_add_on.sid")
    friendly_name = serializers.SerializerMethodField()
    product_name = serializers.SerializerMethodField()
    unique_name = serializers.CharField(source="extension.unique_name")
    enabled = serializers.BooleanField()
    url = serializers.SerializerMethodField()

    def get_friendly_name(self, switch: InstalledExtension) -> str:
        return POINTS[switch.extension.unique_name].friendly_name

    def get_product_name(self, switch: InstalledExtension) -> str:
        return POINTS[switch.extension.unique_name].product_name

    def get_url(self, switch: InstalledExtension) -> str:
        return self.url_of("installed-extension", switch.installed_add_on.sid, switch.extension.sid)


class InstallIn(serializers.Serializer[None]):
    """Parameters of an installation."""

    AvailableAddOnSid = Sid(prefix="XB", source="listing_sid")
    AcceptTermsOfService = Flag(source="accept_terms")
    Configuration = JsonObject(source="configuration", required=False, default=dict)
    UniqueName = Text(source="unique_name", required=False, default=None, trim_whitespace=False)


class UpdateIn(serializers.Serializer[None]):
    """Parameters of an update. What is absent keeps its value."""

    Configuration = JsonObject(source="configuration", required=False, default=None)
    UniqueName = Text(source="unique_name", required=False, default=None, trim_whitespace=False)


class SwitchIn(serializers.Serializer[None]):
    """The one parameter of a switch."""

    Enabled = Flag(source="enabled")
