"""Which add-ons run at a phone number (contract 7)."""

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import Account
from marketplace.models import AssignedAddOn, IncomingPhoneNumber, InstalledAddOn
from marketplace.number_services import switches_of
from publishers.contract.points import POINTS, ExtensionPoint

MESSAGE, CALL = POINTS["sms-incoming"], POINTS["voice-incoming"]


def running_at(number: IncomingPhoneNumber, point: ExtensionPoint) -> QuerySet[InstalledAddOn]:
    """The add-ons that run for an event at this number: those assigned to it, and those assigned to none.

    `is_assigned` of each tells the two apart.
    """
    assignments = AssignedAddOn.objects.filter(installed_add_on=OuterRef("pk"))
    enabled = InstalledAddOn.objects.of(number.account).enabled_for(point.unique_name)
    here = enabled.annotate(is_assigned=Exists(assignments.filter(number=number)))
    return here.filter(Q(is_assigned=True) | ~Q(Exists(assignments))).with_listing().order_by("unique_name")


def add_ons_of(account: Account) -> QuerySet[InstalledAddOn]:
    """The account's installed add-ons, their switches, and `number_count`: how many numbers hold each."""
    own = InstalledAddOn.objects.of(account).live().with_listing()
    counted = own.annotate(number_count=Count("assignments"))
    return counted.prefetch_related("switches__extension").order_by("unique_name")


def add_ons_for(number: IncomingPhoneNumber) -> QuerySet[Any]:
    """The same, those assigned to this number first; `is_assigned` tells which they are."""
    here = AssignedAddOn.objects.filter(installed_add_on=OuterRef("pk"), number=number)
    marked = add_ons_of(number.account).annotate(is_assigned=Exists(here))
    return marked.order_by("-is_assigned", "unique_name")


def points_by_number(installed: InstalledAddOn) -> list[ExtensionPoint]:
    """Where it is switched on and assignments count."""
    return [point for point, enabled in switches_of(installed) if enabled and point.number_scoped]


def reach(installed: InstalledAddOn, number_count: int) -> str:
    """For which numbers an add-on runs that is assigned to so many, as a sentence."""
    if not number_count:
        where = "It is assigned to no number, so it runs for all your numbers."
    else:
        where = f"It runs for {number_count} number{'' if number_count == 1 else 's'} only."
    return where if points_by_number(installed) else f"{where} So far it is off for messages and for calls."
