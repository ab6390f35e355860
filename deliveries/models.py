"""The outbox: one row for each notice we owe somebody, written in the transaction that causes it."""

from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.db import connection, models, transaction
from django.db.models import Case, F, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Account
from deliveries.pauses import MOST_ATTEMPTS, MOST_ATTEMPTS_TO_PUBLISHERS, MOST_PER_HOST
from rest.documents import DocumentField
from rest.leases import LONGEST_LEASE, Leased, LeasedQuerySet, database_time
from rest.sids import SidField
from rest.statements import Rows

# Tells our locks from those that others take in the same database.
_LOCKS_OF_HOSTS = 0xDE


class DeliveryQuerySet(LeasedQuerySet):
    def of(self, account: Account) -> Self:
        return self.filter(account=account)

    def to_publishers(self) -> Self:
        """Those that tell a publisher who installed or uninstalled its add-on (contract 16)."""
        return self.filter(kind__in=TO_PUBLISHERS)

    def to_customers(self) -> Self:
        """The others: those that tell an account of its own results."""
        return self.exclude(kind__in=TO_PUBLISHERS)

    def newest_first(self) -> Self:
        """By SID: a SID sorts by the time it was made."""
        return self.order_by("-sid")

    def under_way(self, at: datetime) -> Self:
        """Those that somebody is sending right now."""
        return self.filter(leased_until__gt=at, leased_until__lte=at + LONGEST_LEASE)

    def not_under_way(self, at: datetime) -> Self:
        return self.exclude(leased_until__gt=at, leased_until__lte=at + LONGEST_LEASE)

    def claim(self, sid: str, *, lease: timedelta) -> Any:
        """As for every leased row; None, too, while as many as may be are on their way to the same host.

        So one that hangs holds few workers. Who is refused waits for the next that is settled there. A lease
        that ran out counts as a failure: a notice over which processes die is given up like any other.
        """
        at = database_time()
        due = self.due(at).filter(sid=sid)
        host = due.values_list("host", flat=True).first()
        if host is None:
            return None
        with transaction.atomic():
            _take_turns(host)
            under_way = _count_under_way(host, at)
            is_mine = due.annotate(under_way=under_way).filter(under_way__lt=MOST_PER_HOST)
            if not is_mine.update(
                leased_until=at + lease,
                hinted_at=None,
                tries=F("tries") + 1,
                failures=F("failures") + Case(When(_IS_ABANDONED, then=1), default=0),
            ):
                due.update(hinted_at=None)
                return None
            return _BY_SID.first(sid)

    def next_at(self, host: str) -> str | None:
        """The oldest that is due at this host and of which no worker knows; it counts as told now."""
        at = database_time()
        waiting = self.due(at).filter(host=host, hinted_at=None).order_by("due_at")
        sid: str | None = waiting.values_list("sid", flat=True).first()
        if sid is None or not self.filter(sid=sid, hinted_at=None).update(hinted_at=at):
            return None
        return sid

    def to_hint(self) -> list[str]:
        """As for every leased row, but for hosts that have as many as may be: those go on by themselves."""
        busy = self.model.objects.under_way(database_time()).values("host").annotate(count=models.Count("pk"))
        full = [each["host"] for each in busy if each["count"] >= MOST_PER_HOST]
        return super(DeliveryQuerySet, self.exclude(host__in=full)).to_hint()


# Somebody held it and did not say how that ended; and it is not given up yet.
_IS_ABANDONED = Q(leased_until__isnull=False, failures__lt=MOST_ATTEMPTS)


def _count_under_way(host: str, at: datetime) -> Coalesce:
    """How many are on their way to a host, as part of a query."""
    rows = Delivery.objects.filter(host=host).under_way(at).order_by().values("host")
    return Coalesce(Subquery(rows.annotate(count=models.Count("pk")).values("count")), 0)


def _take_turns(host: str) -> None:
    """Let one claim at a time count what is on its way to a host. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [host, _LOCKS_OF_HOSTS])


def _by_sid(sid: str) -> DeliveryQuerySet:
    rows: DeliveryQuerySet = Delivery.objects.filter(sid=sid)
    return rows.select_related("account")


_BY_SID = Rows(_by_sid)


class Delivery(Leased):
    """DE: a notice, until it was taken or given up. The SID is its `webhook-id`, the same in each attempt."""

    MAX_URL_LENGTH = 2048
    MAX_HOST_LENGTH = 255

    class Kind(models.TextChoices):
        RESULT = "result", "A result is ready"
        # To the publisher; the words of the contract, section 16.
        MODULE_INSTALL = "module_install", "An add-on was installed"
        MODULE_UNINSTALL = "module_uninstall", "An add-on was uninstalled"

    class Status(models.TextChoices):
        PENDING = "pending", "In progress"
        DELIVERED = "delivered", "Delivered"
        GIVEN_UP = "given-up", "Given up"
        WITHDRAWN = "withdrawn", "Withdrawn"

    sid = SidField(prefix="DE", primary_key=True)
    # Who receives it; its token signs.
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    reference_sid = models.CharField(max_length=34, help_text="what it tells about, such as a result (XR)")
    url = models.CharField(max_length=MAX_URL_LENGTH)
    host = models.CharField(max_length=MAX_HOST_LENGTH, help_text="so that one that hangs holds few workers")
    method = models.CharField(max_length=4, default="POST")
    # [[name, value], …] of the form.
    parameters = DocumentField(default=list)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PENDING)
    # Since it was first sent, or last asked for anew: the place in the table of pauses.
    failures = models.PositiveSmallIntegerField(default=0)
    by_hand = models.BooleanField(default=False, help_text="somebody asked for the next attempt")
    date_created = models.DateTimeField(default=timezone.now, editable=False)
    date_completed = models.DateTimeField(null=True, editable=False)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["kind", "reference_sid"], name="one_notice_per_kind_and_subject"),
        ]
        indexes = [
            models.Index(fields=["account", "-sid"], name="deliveries_of_account"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="deliveries_owed"),
            models.Index(
                fields=["host", "due_at"], condition=Q(due_at__isnull=False), name="deliveries_owed_to_host"
            ),
            models.Index(
                fields=["host"], condition=Q(leased_until__isnull=False), name="deliveries_under_way"
            ),
            models.Index(fields=["date_created"], name="deliveries_by_age"),
        ]

    def __str__(self) -> str:
        return self.sid

    @property
    def is_pending(self) -> bool:
        return self.status == self.Status.PENDING

    @property
    def is_to_publisher(self) -> bool:
        """Whether it tells a publisher about a customer, and not a customer about a result."""
        return self.kind in TO_PUBLISHERS

    @property
    def most_attempts(self) -> int:
        return MOST_ATTEMPTS_TO_PUBLISHERS if self.is_to_publisher else MOST_ATTEMPTS

    @property
    def may_be_replayed(self) -> bool:
        return self.status != self.Status.WITHDRAWN


TO_PUBLISHERS: Final = (Delivery.Kind.MODULE_INSTALL, Delivery.Kind.MODULE_UNINSTALL)


class DeliveryAttempt(models.Model):
    """One try to hand a notice over, however it ended."""

    MAX_ERROR_LENGTH = 250

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField(default=timezone.now, editable=False)
    http_status = models.PositiveSmallIntegerField(null=True)
    duration_ms = models.PositiveIntegerField()
    error = models.CharField(max_length=MAX_ERROR_LENGTH, blank=True)
    by_hand = models.BooleanField(default=False, help_text="somebody asked for it")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.delivery_id}: {self.http_status or self.error}"

    @property
    def succeeded(self) -> bool:
        return not self.error
