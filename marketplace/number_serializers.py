"""Numbers and assignments as the 2010 API shows them, keys in the contract's order (4.1 to 4.3), and their
parameters."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from marketplace import configuration as configurations
from marketplace.models import AssignedAddOn, IncomingPhoneNumber, InstalledExtension
from publishers.contract.points import POINTS
from rest.parameters import E164, Choice, Flag, Sid, Text, WebAddress
from rest.representation import Getter, Out, Rfc2822Date

METHODS = [str(method) for method in IncomingPhoneNumber.Method]
# Our numbers come from the account itself; the platform has none to sell.
ORIGIN = "hosted"


class Constant(serializers.JSONField):
    """A key whose value is the same for every number, because this system has no such thing."""

    def __init__(self, value: Any) -> None:
        self.value = value
        super().__init__(read_only=True)


class NumberOut(Out[IncomingPhoneNumber]):
    """A phone number of an account."""

    account_sid = serializers.CharField(source="account.sid")
    address_requirements = Constant("none")
    address_sid = Constant(None)
    api_version = Constant("2010-04-01")
    beta = Constant(value=False)
    capabilities = Constant({"voice": True, "sms": True, "mms": False, "fax": False})
    date_created = Rfc2822Date()
    date_updated = Rfc2822Date()
    emergency_status = Constant("Inactive")
    emergency_address_sid = Constant(None)
    emergency_address_status = Constant("unregistered")
    friendly_name = serializers.CharField()
    identity_sid = Constant(None)
    origin = Constant(ORIGIN)
    phone_number = serializers.CharField()
    sid = serializers.CharField()
    sms_application_sid = Constant("")
    sms_fallback_method = serializers.CharField()
    sms_fallback_url = serializers.CharField()
    sms_method = serializers.CharField()
    sms_url = serializers.CharField()
    status_callback = serializers.CharField()
    status_callback_method = serializers.CharField()
    trunk_sid = Constant(None)
    uri = serializers.SerializerMethodField()
    voice_application_sid = Constant("")
    voice_caller_id_lookup = Constant(value=False)
    voice_fallback_method = serializers.CharField()
    voice_fallback_url = serializers.SerializerMethodField()
    voice_method = serializers.CharField()
    voice_url = serializers.SerializerMethodField()
    voice_receive_mode = Constant("voice")
    status = Constant("in-use")
    bundle_sid = Constant(None)
    type = serializers.CharField(source="kind")
    subresource_uris = serializers.SerializerMethodField()

    def get_uri(self, number: IncomingPhoneNumber) -> str:
        return self.uri_of("incoming-phone-number", number.account.sid, number.sid)

    def get_voice_fallback_url(self, number: IncomingPhoneNumber) -> str | None:
        return number.voice_fallback_url or None

    def get_voice_url(self, number: IncomingPhoneNumber) -> str | None:
        """Null when unset, where an unset SMS URL is empty: so it is on the wire."""
        return number.voice_url or None

    def get_subresource_uris(self, number: IncomingPhoneNumber) -> dict[str, str]:
        return {"assigned_add_ons": self.uri_of("assigned-add-ons", number.account.sid, number.sid)}

    def _getter(self, name: str, field: Any) -> Getter:
        if isinstance(field, Constant):
            value = field.value
            return lambda _: value
        return super()._getter(name, field)


class OfNumber(Out[Any]):
    """A resource below a number; the path, already checked, names the number and its account."""

    def sid_of(self, kind: str) -> str:
        return str(self.context["view"].kwargs[kind])

    def get_account_sid(self, _: Any) -> str:
        return self.sid_of("account_sid")

    def get_resource_sid(self, _: Any) -> str:
        return self.sid_of("number_sid")

    def uri_below(self, view: str, *sids: str) -> str:
        return self.uri_of(view, self.sid_of("account_sid"), self.sid_of("number_sid"), *sids)


class AssignedAddOnOut(OfNumber):
    """An installed add-on as it is assigned to one number. The dates are the assignment's."""

    sid = serializers.CharField(source="installed_add_on.sid")
    account_sid = serializers.SerializerMethodField()
    resource_sid = serializers.SerializerMethodField()
    friendly_name = serializers.CharField(source="installed_add_on.listing.name")
    description = serializers.CharField(source="installed_add_on.listing.short_description")
    configuration = serializers.SerializerMethodField()
    unique_name = serializers.CharField(source="installed_add_on.unique_name")
    date_created = Rfc2822Date()
    date_updated = Rfc2822Date()
    uri = serializers.SerializerMethodField()
    subresource_uris = serializers.SerializerMethodField()

    def get_configuration(self, assignment: AssignedAddOn) -> dict[str, Any]:
        installed = assignment.installed_add_on
        return configurations.masked(installed.version, installed.configuration)

    def get_uri(self, assignment: AssignedAddOn) -> str:
        return self.uri_below("assigned-add-on", assignment.installed_add_on.sid)

    def get_subresource_uris(self, assignment: AssignedAddOn) -> dict[str, str]:
        return {"extensions": self.uri_below("assigned-extensions", assignment.installed_add_on.sid)}


class AssignedExtensionOut(OfNumber):
    """The switch of one extension point of an assigned add-on."""

    sid = serializers.CharField(source="extension.sid")
    assigned_add_on_sid = serializers.CharField(source="installed_add_on.sid")
    resource_sid = serializers.SerializerMethodField()
    account_sid = serializers.SerializerMethodField()
    friendly_name = serializers.SerializerMethodField()
    product_name = serializers.SerializerMethodField()
    unique_name = serializers.CharField(source="extension.unique_name")
    enabled = serializers.BooleanField()
    uri = serializers.SerializerMethodField()

    def get_friendly_name(self, switch: InstalledExtension) -> str:
        return POINTS[switch.extension.unique_name].friendly_name

    def get_product_name(self, switch: InstalledExtension) -> str:
        return POINTS[switch.extension.unique_name].product_name

    def get_uri(self, switch: InstalledExtension) -> str:
        return self.uri_below("assigned-extension", switch.installed_add_on.sid, switch.extension.sid)


class NumberIn(serializers.Serializer[None]):
    """Settings of a number. What is absent keeps its value; an empty URL is none."""

    FriendlyName = Text(source="friendly_name", required=False, allow_blank=True, max_length=64)
    SmsUrl = WebAddress(source="sms_url", required=False)
    SmsMethod = Choice(METHODS, source="sms_method", required=False)
    SmsFallbackUrl = WebAddress(source="sms_fallback_url", required=False)
    SmsFallbackMethod = Choice(METHODS, source="sms_fallback_method", required=False)
    VoiceUrl = WebAddress(source="voice_url", required=False)
    VoiceMethod = Choice(METHODS, source="voice_method", required=False)
    VoiceFallbackUrl = WebAddress(source="voice_fallback_url", required=False)
    VoiceFallbackMethod = Choice(METHODS, source="voice_fallback_method", required=False)
    StatusCallback = WebAddress(source="status_callback", required=False)
    StatusCallbackMethod = Choice(METHODS, source="status_callback_method", required=False)


class NewNumberIn(NumberIn):
    """Parameters of a new number."""

    PhoneNumber = E164(source="phone_number", required=False)
    AreaCode = Text(source="area_code", required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        area_code = attrs.pop("area_code", "")
        if "phone_number" in attrs:
            return attrs
        if area_code:
            sentence = "there are no numbers to choose from: send the number itself as PhoneNumber"
            raise ValidationError({"AreaCode": sentence})
        raise ValidationError({"PhoneNumber": ErrorDetail("", code="required")})


class NumberFilters(serializers.Serializer[None]):
    """Filters of the list of numbers. `Beta` leaves beta numbers out when false, and none of ours is one."""

    PhoneNumber = Text(required=False, allow_blank=True, trim_whitespace=False)
    FriendlyName = Text(required=False, allow_blank=True, trim_whitespace=False)
    Beta = Flag(required=False)
    Origin = Choice(["twilio", ORIGIN], required=False)


class AssignIn(serializers.Serializer[None]):
    """The one parameter of an assignment."""

    InstalledAddOnSid = Sid(prefix="XE", source="installed_sid")
