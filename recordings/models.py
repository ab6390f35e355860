"""RE: a recording, its audio, and how it came here."""

from typing import Self
from urllib.parse import urlsplit

from django.db import models
from django.utils import timezone

from accounts.encryption import SealedTextField
from accounts.models import Account
from rest.leases import Leased, LeasedQuerySet
from rest.sids import SidField, new_sid


def audio_name(_recording: "Recording", _name: str) -> str:
    """Where the audio lies in the storage, another place each time: two who take the same recording in do
    not meet there. The name says nothing about whose it is.
    """
    digits = new_sid("")
    return f"recordings/{digits[-2:]}/{digits}"


class RecordingQuerySet(LeasedQuerySet):
    def of(self, account: Account) -> Self:
        return self.filter(account=account)

    def kept(self) -> Self:
        """Without those that were deleted."""
        return self.exclude(status=Recording.Status.DELETED)

    def newest_first(self) -> Self:
        """By date: a SID that a platform made says nothing of the time."""
        return self.order_by("-date_created", "-sid")

    def oldest_first(self) -> Self:
        return self.order_by("date_created", "sid")

    def older_than(self, last: "Recording") -> Self:
        """Those behind this one in that order."""
        same_moment = models.Q(date_created=last.date_created, sid__lt=last.sid)
        return self.filter(same_moment | models.Q(date_created__lt=last.date_created))

    def newer_than(self, first: "Recording") -> Self:
        """Those before this one in that order."""
        same_moment = models.Q(date_created=first.date_created, sid__gt=first.sid)
        return self.filter(same_moment | models.Q(date_created__gt=first.date_created))


class Recording(Leased):
    """RE. It owes work while it is `processing`: its audio is fetched and measured, add-ons are told. Once it
    is deleted, it owes that its audio goes.

    Its SID is the platform's, so that a developer finds results under the SID they know. Its row stays when
    it is deleted: the same recording is not taken in again.
    """

    class Status(models.TextChoices):
        """Contract 4.4; the ones this version can have."""

        PROCESSING = "processing", "Being fetched"
        COMPLETED = "completed", "Completed"
        ABSENT = "absent", "No audio"
        DELETED = "deleted", "Deleted"

    class Source(models.TextChoices):
        """What made it (contract 4.4); it decides the extension point (contract 7)."""

        DIAL_VERB = "DialVerb", "Dial verb"
        CONFERENCE = "Conference", "Conference"
        OUTBOUND_API = "OutboundAPI", "Outgoing call of the API"
        TRUNKING = "Trunking", "Trunk"
        RECORD_VERB = "RecordVerb", "Record verb"
        START_CALL = "StartCallRecordingAPI", "Recording of a call, started by the API"
        START_CONFERENCE = "StartConferenceRecordingAPI", "Recording of a conference, started by the API"

    sid = SidField(prefix="RE")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="recordings")
    # What the platform called it. Equal to `sid` unless another account was first to use that.
    platform_sid = models.CharField(max_length=64, blank=True)
    call_sid = models.CharField(max_length=64, blank=True)
    conference_sid = models.CharField(max_length=64, blank=True)
    source = models.CharField(max_length=32, choices=Source.choices)
    track = models.CharField(max_length=16, blank=True)
    status = models.CharField(max_length=16, choices=Status.choices)
    error_code = models.PositiveIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=250, blank=True, help_text="why there is no audio, in words")
    media_url = models.CharField(max_length=2048, blank=True, help_text="where the platform keeps the audio")
    channels = models.PositiveSmallIntegerField(default=1)
    duration_ms = models.PositiveIntegerField(default=0, help_text="measured from the audio")
    content_type = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="bytes")
    sha256 = models.CharField(max_length=64, blank=True)
    audio = models.FileField(upload_to=audio_name, max_length=120, blank=True)
    purpose = models.CharField(max_length=8, default="live", help_text="live, test or demo")
    start_time = models.DateTimeField(default=timezone.now)
    date_created = models.DateTimeField(default=timezone.now, editable=False)
    date_updated = models.DateTimeField(default=timezone.now, editable=False)

    objects = RecordingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "platform_sid"],
                condition=~models.Q(platform_sid=""),
                name="a_platform_names_a_recording_once",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-date_created", "-sid"], name="recordings_in_list_order"),
            models.Index(
                fields=["due_at"], condition=models.Q(due_at__isnull=False), name="recordings_that_owe"
            ),
            # What add-ons made of them is deleted, too.
            models.Index(
                fields=["date_updated"], condition=models.Q(status="deleted"), name="recordings_deleted"
            ),
            models.Index(fields=["audio"], name="recordings_by_file"),
        ]

    def __str__(self) -> str:
        return self.sid

    @property
    def media_host(self) -> str:
        """Whose the audio was, for a sentence; nothing where even the host is none."""
        try:
            return urlsplit(self.media_url).hostname or ""
        except ValueError:
            return ""

    @property
    def length(self) -> str:
        """Minutes and seconds, as a player shows them."""
        minutes, seconds = divmod(round(self.duration_ms / 1000), 60)
        return f"{minutes}:{seconds:02d}"


class PlatformCredentials(models.Model):
    """How an account's audio is fetched from its platform: HTTP Basic, for one host and no other."""

    sid = SidField(prefix="PC")
    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="platform_credentials")
    host = models.CharField(max_length=255, help_text="such as api.twilio.com")
    username = models.CharField(max_length=128, help_text="such as the platform's account SID")
    password = SealedTextField()
    date_updated = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "platform credentials"

    def __str__(self) -> str:
        return f"{self.username} at {self.host}"
