"""Install, configure, switch and uninstall. The browser and the API write only through here."""

import hashlib
import itertools
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Account
from accounts.requests import Actor
from deliveries.models import Delivery
from marketplace import configuration as configurations
from marketplace import install_notices
from marketplace.models import (
    Install,
    InstalledAddOn,
    InstalledExtension,
    SavedConfiguration,
    TermsAcceptance,
    TermsText,
)
from publishers.contract.points import POINTS
from publishers.models import Listing, ListingVersion
from rest.errors import Conflict, NotFound, Refused

UNIQUE_NAME_PATTERN = re.compile(r"[A-Za-z0-9_-]{1,128}")


class TermsNotAccepted(Refused):
    """400: an add-on is installed only by someone who accepts its publisher's terms."""


class BadUniqueName(Refused):
    """400: the name cannot be a key of the results envelope."""


class UniqueNameTaken(Conflict):
    """409: another installed add-on of the account has this name."""


class StillAssigned(Refused):
    """400: phone numbers hold it, and would silently lose it."""


class NotForAssigned(Refused):
    """400: the extension point does not go by number, so an assigned add-on cannot be switched on there."""


class NotInstallable(NotFound):
    """404: the listing cannot be installed; like an unknown one, so previews stay unannounced."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """How an add-on shall be installed.

    Without a unique name the listing's own is taken, or `name_1`, `name_2`, …; `enabled` names the
    extension points to switch on at once.
    """

    accept_terms: bool
    configuration: Mapping[str, Any]
    unique_name: str | None = None
    enabled: Collection[str] = ()


def install(*, account: Account, listing: Listing, wanted: Wanted, actor: Actor) -> InstalledAddOn:
    """Install a listing's published version, every extension off unless wanted on.

    Raises TermsNotAccepted, NotInstallable, BadConfiguration, BadUniqueName or UniqueNameTaken; then
    nothing is stored.
    """
    if not wanted.accept_terms:
        raise TermsNotAccepted("Invalid AcceptTermsOfService: terms of service must be accepted")
    version = listing.published_version
    if version is None or not listing.is_installable:
        raise NotInstallable(f"The requested resource /AvailableAddOns/{listing.sid} was not found")
    document = configurations.checked(version, wanted.configuration)
    with transaction.atomic():
        xd, _ = Install.objects.get_or_create(account=account, listing=listing)
        installed = InstalledAddOn(account=account, install=xd, version=version)
        installed.configuration = document
        _save_under_name(installed, wanted.unique_name)
        _create_switches(installed, wanted.enabled)
        remember_terms(installed, listing, actor)
        remember_configuration(installed, actor)
        install_notices.owe_notice(installed, kind=Delivery.Kind.MODULE_INSTALL)
    return installed


def update(
    *,
    installed: InstalledAddOn,
    actor: Actor,
    configuration: Mapping[str, Any] | None = None,
    unique_name: str | None = None,
) -> InstalledAddOn:
    """Replace the configuration as a whole, or the unique name, or both; None leaves a value as it is.

    Raises NotFound when it was uninstalled meanwhile, BadConfiguration, BadUniqueName or UniqueNameTaken;
    then nothing is changed. Two updates at the same moment do not undo each other: each reads the row
    anew, locks it, and writes only what it was given.
    """
    if configuration is None and unique_name is None:
        return installed
    with transaction.atomic():
        locked = InstalledAddOn.objects.select_for_update(of=("self",)).live().with_listing()
        current = locked.select_related("account").filter(pk=installed.pk).first()
        if current is None:
            raise NotFound(f"The requested resource /InstalledAddOns/{installed.sid} was not found")
        if configuration is not None:
            current.configuration = configurations.checked(
                current.version, configuration, stored=current.configuration
            )
        current.date_updated = timezone.now()
        _save_under_name(current, current.unique_name if unique_name is None else unique_name)
        if configuration is not None:
            remember_configuration(current, actor)
    return current


def uninstall(*, installed: InstalledAddOn) -> bool:
    """Remove it; its name is free again, its results and costs stay. False when someone else already did.

    Raises StillAssigned while phone numbers hold it.
    """
    with transaction.atomic():
        current = _locked(installed)
        if current is None:
            return False
        if assigned := _numbers_of(current):
            raise StillAssigned(
                f"{current.unique_name} is assigned to {assigned}: remove the assignment from each of them, "
                "then uninstall it"
            )
        InstalledAddOn.objects.filter(pk=current.pk).update(removed_at=timezone.now())
        InstalledExtension.objects.filter(installed_add_on=current).update(enabled=False)
        install_notices.owe_notice(installed, kind=Delivery.Kind.MODULE_UNINSTALL)
    return True


def switch(*, extension: InstalledExtension, enabled: bool) -> InstalledExtension:
    """Turn one extension point on or off. Setting the present value again is no error.

    Raises NotFound when it was uninstalled meanwhile, and NotForAssigned for a recording or TaskRouter
    extension of an add-on that phone numbers hold.
    """
    with transaction.atomic():
        current = _locked(extension.installed_add_on)
        if current is None:
            sid = extension.installed_add_on.sid
            raise NotFound(f"The requested resource /InstalledAddOns/{sid} was not found")
        point = POINTS[extension.extension.unique_name]
        assigned = "" if point.assignable or not enabled else _numbers_of(current)
        if assigned:
            raise NotForAssigned(
                f"Invalid Enabled: {point.friendly_name} cannot be restricted to phone numbers, and "
                f"{current.unique_name} is assigned to {assigned}: remove the assignment from each first"
            )
        InstalledExtension.objects.filter(pk=extension.pk).update(enabled=enabled)
    extension.enabled = enabled
    return extension


def _locked(installed: InstalledAddOn) -> InstalledAddOn | None:
    """The row as it is now, for this transaction alone; None when it is uninstalled.

    Whoever assigns, uninstalls or switches locks it first, so that what they found stays true.
    """
    return InstalledAddOn.objects.select_for_update(of=("self",)).live().filter(pk=installed.pk).first()


def _numbers_of(installed: InstalledAddOn) -> str:
    """How many phone numbers hold it, in words; empty when none does."""
    count = installed.assignments.count()
    return f"{count} phone number{'' if count == 1 else 's'}" if count else ""


def default_names(listing: Listing) -> Iterator[str]:
    """The names tried for an install that names none: the listing's own, then with `_1`, `_2`, …"""
    yield listing.unique_name
    yield from (f"{listing.unique_name}_{number}" for number in itertools.count(1))


def names_like(account: Account, beginning: str) -> set[str]:
    """The account's unique names in use that begin so."""
    live = InstalledAddOn.objects.of(account).live().filter(unique_name__startswith=beginning)
    return set(live.values_list("unique_name", flat=True))


def _save_under_name(installed: InstalledAddOn, unique_name: str | None) -> None:
    """Save under the wanted name, or under the first free default. The database decides who was first."""
    if unique_name is not None:
        return _save_as(installed, unique_name)
    taken = names_like(installed.account, installed.listing.unique_name)
    for name in default_names(installed.listing):
        if name in taken:
            continue
        try:
            return _save_as(installed, name)
        except UniqueNameTaken:  # by somebody who was quicker since we looked
            continue
    return None


def _save_as(installed: InstalledAddOn, unique_name: str) -> None:
    if not UNIQUE_NAME_PATTERN.fullmatch(unique_name):
        raise BadUniqueName("Invalid UniqueName: use 1 to 128 letters, digits, hyphens and underscores")
    installed.unique_name = unique_name
    # Only what may change: an uninstall at the same moment must stay one.
    changing = ["unique_name", "sealed_configuration", "date_updated"] if installed.pk else None
    try:
        with transaction.atomic():
            installed.save(update_fields=changing)
    except IntegrityError as error:
        raise UniqueNameTaken(f"Conflict: the unique name {unique_name} is already in use") from error


def _create_switches(installed: InstalledAddOn, enabled: Collection[str]) -> None:
    offered = installed.version.definition["extensions"]
    InstalledExtension.objects.bulk_create(
        InstalledExtension(
            installed_add_on=installed, extension=extension, enabled=extension.unique_name in enabled
        )
        for extension in installed.listing.extensions.filter(unique_name__in=offered)
    )


def remember_terms(installed: InstalledAddOn, listing: Listing, actor: Actor) -> None:
    """Keep who accepted the listing's terms as they are now, for the version that is installed."""
    text, _ = TermsText.objects.get_or_create(sha256=terms_digest(listing), defaults={"text": listing.terms})
    TermsAcceptance.objects.create(
        account=installed.account,
        installed_add_on=installed,
        version=installed.version,
        text=text,
        accepted_by=actor.user,
        credential=actor.credential,
        ip_address=actor.ip_address,
    )


def mark_of(listing: Listing, version: ListingVersion) -> str:
    """Names what a listing offers: sent back, it tells whether that is what the account has read."""
    return f"{version.sid}:{terms_digest(listing)}"


def terms_digest(listing: Listing) -> str:
    """The name of the listing's terms, as long as they say the same."""
    return hashlib.sha256(listing.terms.encode()).hexdigest()


def remember_configuration(installed: InstalledAddOn, actor: Actor) -> None:
    """Keep the configuration as it is now, and who saved it."""
    SavedConfiguration.objects.create(
        installed_add_on=installed,
        version=installed.version,
        sealed_configuration=installed.sealed_configuration,
        saved_by=actor.user,
        credential=actor.credential,
    )
