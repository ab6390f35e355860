"""Phone numbers of an account, and the add-ons assigned to them (contract 4.1 and 4.2).

Locks are taken in one order, first the installed add-on, then the number: assigning takes both, deleting
a number and uninstalling an add-on take one each, so none of them waits in a circle.
"""

from collections.abc import Mapping

import phonenumbers
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Account
from marketplace.models import AssignedAddOn, IncomingPhoneNumber, InstalledAddOn
from publishers.contract.points import POINTS, ExtensionPoint
from rest.errors import Conflict, NotFound, Refused

Kind = IncomingPhoneNumber.Kind
# In some countries, such as the United States, nobody can tell; there such a number counts as local.
KINDS = {
    phonenumbers.PhoneNumberType.MOBILE: Kind.MOBILE,
    phonenumbers.PhoneNumberType.TOLL_FREE: Kind.TOLL_FREE,
}


class NumberTaken(Conflict):
    """409: the account has this number already."""


class AlreadyAssigned(Conflict):
    """409: the add-on is assigned to this number already."""


class NotAssignable(Refused):
    """400: the add-on does not go by number, or runs somewhere that does not."""


def create_number(*, account: Account, phone_number: str, settings: Mapping[str, str]) -> IncomingPhoneNumber:
    """Add a number in E.164 form. Raises NumberTaken; the database decides who was first."""
    values = _settings_of(phone_number, {"friendly_name": "", **settings})
    parsed = phonenumbers.parse(phone_number)
    kind = KINDS.get(phonenumbers.number_type(parsed), Kind.LOCAL)
    try:
        with transaction.atomic():
            return IncomingPhoneNumber.objects.create(
                account=account, phone_number=phone_number, kind=kind, **values
            )
    except IntegrityError as error:
        raise NumberTaken(f"Conflict: {phone_number} is already one of your numbers") from error


def update_number(*, number: IncomingPhoneNumber, settings: Mapping[str, str]) -> IncomingPhoneNumber:
    """Change what is given and nothing else. Raises NotFound when it was deleted meanwhile."""
    values = {**_settings_of(number.phone_number, settings), "date_updated": timezone.now()}
    changed = IncomingPhoneNumber.objects.filter(pk=number.pk).update(**values)
    current = IncomingPhoneNumber.objects.select_related("account").filter(pk=number.pk).first()
    if not changed or current is None:
        raise NotFound
    return current


def delete_number(*, number: IncomingPhoneNumber) -> None:
    """Remove a number and its assignments. Raises NotFound when someone else already did."""
    with transaction.atomic():
        locked = _locked(number)
        if locked is None:
            raise NotFound
        locked.delete()


def assign(*, number: IncomingPhoneNumber, installed: InstalledAddOn) -> AssignedAddOn:
    """Let one of the account's add-ons run for this number, and no longer for every number.

    Raises NotFound when the add-on is not the account's or either is gone, NotAssignable and
    AlreadyAssigned.
    """
    with transaction.atomic():
        own = InstalledAddOn.objects.of(number.account).live().select_for_update(of=("self",))
        current = own.prefetch_related("switches__extension").filter(pk=installed.pk).first()
        if current is None:
            raise NotFound(f"The requested resource /InstalledAddOns/{installed.sid} was not found")
        if _locked(number) is None:
            raise NotFound
        if reason := why_not_assignable(current):
            raise NotAssignable(f"Invalid InstalledAddOnSid: {current.unique_name} {reason}")
        try:
            with transaction.atomic():
                return AssignedAddOn.objects.create(number=number, installed_add_on=current)
        except IntegrityError as error:
            name, to = current.unique_name, number.phone_number
            raise AlreadyAssigned(f"Conflict: {name} is already assigned to {to}") from error


def unassign(*, assignment: AssignedAddOn) -> None:
    """Remove the binding only. Raises NotFound when someone else already did."""
    if not AssignedAddOn.objects.filter(pk=assignment.pk).delete()[0]:
        raise NotFound


def why_not_assignable(installed: InstalledAddOn) -> str:
    """What follows the add-on's name when it cannot be assigned to a number; empty when it can.

    `assign` asks it under its lock; a page asks beforehand, of switches it has fetched already.
    """
    switches = switches_of(installed)
    if not any(point.number_scoped for point, _ in switches):
        return (
            "runs neither for incoming messages nor for incoming calls, so it cannot be assigned to a "
            "phone number"
        )
    blocking = [point.friendly_name for point, enabled in switches if enabled and not point.assignable]
    if blocking:
        return (
            f"is switched on for {', '.join(blocking)}, which cannot be restricted to phone numbers: "
            "switch that off first"
        )
    return ""


def switches_of(installed: InstalledAddOn) -> list[tuple[ExtensionPoint, bool]]:
    """The points it offers, in the order of the contract, and whether each is switched on."""
    enabled = {row.extension.unique_name: row.enabled for row in installed.switches.all()}
    return [(point, enabled[name]) for name, point in POINTS.items() if name in enabled]


def national_format(phone_number: str) -> str:
    """A number as people in its country write it."""
    parsed = phonenumbers.parse(phone_number)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def _settings_of(phone_number: str, settings: Mapping[str, str]) -> dict[str, str]:
    """The columns to write. Without a name, a number is called as it is written at home."""
    values = dict(settings)
    if values.get("friendly_name") == "":
        values["friendly_name"] = national_format(phone_number)
    return values


def _locked(number: IncomingPhoneNumber) -> IncomingPhoneNumber | None:
    """The row as it is now, for this transaction alone; None when it is deleted."""
    return IncomingPhoneNumber.objects.select_for_update().filter(pk=number.pk).first()
