"""Publishers as the API shows them, our own extension, and the parameters it takes."""

from rest_framework import serializers

from accounts.models import Account
from publishers.applications import DECISIONS, MAX_REASON_CHARACTERS
from publishers.profile_forms import MAX_ABOUT_CHARACTERS
from rest.parameters import Choice, Given, Text, WebAddress
from rest.representation import IsoDate, Out

DECIDED = sorted({str(status) for statuses in DECISIONS.values() for status in statuses})


class PublisherOut(Out[Account]):
    """An account as a publisher: who it is, how to reach it, and what was decided."""

    account_sid = serializers.CharField(source="sid")
    unique_name = serializers.CharField(source="publisher.slug")
    friendly_name = serializers.CharField(source="publisher.name")
    status = serializers.CharField(source="publisher.status")
    reason = serializers.SerializerMethodField()
    website = serializers.CharField(source="publisher.website")
    about = serializers.CharField(source="publisher.about")
    contact_name = serializers.CharField(source="publisher.contact_name")
    contact_email = serializers.CharField(source="publisher.contact_email")
    contact_phone = serializers.CharField(source="publisher.contact_phone")
    date_created = IsoDate(source="publisher.date_created")
    date_decided = IsoDate(source="publisher.date_decided")
    url = serializers.SerializerMethodField()

    def get_reason(self, account: Account) -> str | None:
        return account.publisher.reason or None

    def get_url(self, account: Account) -> str:
        """Where its reader finds it: a publisher finds itself."""
        is_own = self.context["request"].user.account.pk == account.pk
        return self.url_of("own-publisher") if is_own else self.url_of("publisher", account.sid)


class Email(Given, serializers.EmailField):
    """An e-mail address."""

    default_error_messages = {
        "invalid": "must be an e-mail address",
        "max_length": "must have at most {max_length} characters",
    }


class ProfileIn(serializers.Serializer[None]):
    """What a publisher says of itself. The first time all but Website and ContactPhone is needed."""

    FriendlyName = Text(source="name", required=False, max_length=120)
    About = Text(source="about", required=False, max_length=MAX_ABOUT_CHARACTERS)
    ContactName = Text(source="contact_name", required=False, max_length=120)
    ContactEmail = Email(source="contact_email", required=False, max_length=254)
    Website = WebAddress(source="website", required=False, max_length=200)
    ContactPhone = Text(source="contact_phone", required=False, allow_blank=True, max_length=40)


class DecisionIn(serializers.Serializer[None]):
    """What an operator makes of a publisher."""

    Status = Choice(source="status", choices=DECIDED)
    Reason = Text(
        source="reason", required=False, allow_blank=True, default="", max_length=MAX_REASON_CHARACTERS
    )
