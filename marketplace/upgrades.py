"""Bring an installed add-on to the version its listing has published since (contract 15).

An install stays on its version until its account upgrades it, or an operator does where nothing is to ask.
Which version it has is part of what lookups keep of it (`invocations.plans`), so the next event is asked of
the new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.requests import Actor
from marketplace import configuration as configurations
from marketplace import services
from marketplace.models import InstalledAddOn, InstalledExtension
from publishers.compiled import definition_of
from publishers.differences import Content, Difference, differences, for_customers
from publishers.models import Listing, ListingVersion
from publishers.reviewers import check_other_publisher
from rest.errors import Conflict, NotFound, Refused
from schema_forms.faults import steps

PRICE: Final = "pricing"


class NoUpgrade(Refused):
    """400: it has the version that its listing has published, or nobody may ask its listing now."""


class OfferChanged(Conflict):
    """409: another version or other terms were published since the account looked."""


class ReasonMissing(Refused):
    """400: who upgrades for other accounts says why."""


@dataclass(frozen=True, kw_only=True)
class Upgrade:
    """What an installed add-on can become."""

    installed: InstalledAddOn
    version: ListingVersion
    # What of the present configuration can stay.
    configuration: dict[str, Any]
    terms_changed: bool

    @property
    def mark(self) -> str:
        """Names what is offered: sent back, it tells whether that is what the account has read."""
        return services.mark_of(self.installed.listing, self.version)

    @cached_property
    def changes(self) -> list[Difference]:
        """What it means for the account, gravest first. Texts are the listing's, whatever the version."""
        before, after = Content(self.installed.version.definition), Content(self.version.definition)
        return for_customers(differences(before, after))

    @cached_property
    def published_since(self) -> list[ListingVersion]:
        """The versions that were published after the present one, with their notes, newest first."""
        published = self.installed.listing.versions.filter(status=ListingVersion.Status.PUBLISHED)
        since = published.filter(number__gt=self.installed.version.number, number__lte=self.version.number)
        return list(since.only("listing", "number", "notes", "date_published").order_by("-number"))


@dataclass(frozen=True, kw_only=True)
class Forced:
    """What became, or would become, of a listing's installs: counts."""

    upgraded: int = 0
    need_settings: int = 0
    need_consent: int = 0


class _Verdict(Enum):
    """Whether an install can be upgraded without asking its account."""

    UPGRADED = auto()
    NEEDS_SETTINGS = auto()
    NEEDS_CONSENT = auto()
    NOTHING_TO_DO = auto()


def offered(installed: InstalledAddOn) -> Upgrade | None:
    """What it can become now; None when that is nothing else. `installed`: with its listing."""
    version = installed.listing.published_version
    if version is None or not installed.has_upgrade:
        return None
    accepted = installed.terms_acceptances.order_by("-pk").values_list("text_id", flat=True).first()
    return Upgrade(
        installed=installed,
        version=version,
        configuration=carried(installed, version),
        terms_changed=accepted != services.terms_digest(installed.listing),
    )


def carried(installed: InstalledAddOn, version: ListingVersion) -> dict[str, Any]:
    """The values of the present configuration that another version takes as they are.

    What it does not ask for any more is left out, and so is a secret that would be one no longer: nobody
    gave it to be shown.
    """
    before, now = _properties(installed.version), _properties(version)
    revealed = configurations.secret_names(installed.version) - configurations.secret_names(version)
    is_closed = version.configuration_schema.get("additionalProperties") is False
    kept = {
        name: value
        for name, value in installed.configuration.items()
        if name not in revealed and (name in now or (name not in before and not is_closed))
    }
    while faulty := _faulty(version, kept) & kept.keys():
        kept = {name: value for name, value in kept.items() if name not in faulty}
    return kept


def upgrade(
    *,
    installed: InstalledAddOn,
    actor: Actor,
    configuration: Mapping[str, Any] | None = None,
    accept_terms: bool = False,
    seen: str | None = None,
) -> InstalledAddOn:
    """Move it to the published version: new points are off, those it lost are gone. As it is afterwards.

    Without a configuration the present values stay where the new version takes them. `seen`: the mark of what
    the account was shown. Raises NotFound when it was uninstalled meanwhile, NoUpgrade, OfferChanged,
    TermsNotAccepted when their text has changed, or BadConfiguration; then nothing is changed.
    """
    with transaction.atomic():
        current = _locked(installed)
        if current is None:
            raise NotFound(f"The requested resource /InstalledAddOns/{installed.sid} was not found")
        offer = offered(current)
        if offer is None:
            raise NoUpgrade("Invalid Upgrade: it has the version that its listing has published")
        if seen is not None and seen != offer.mark:
            raise OfferChanged("Conflict: what is offered has changed meanwhile: read it again")
        if offer.terms_changed and not accept_terms:
            raise services.TermsNotAccepted(
                "Invalid AcceptTermsOfService: the terms of service have changed, and must be accepted anew"
            )
        wanted = offer.configuration if configuration is None else configuration
        document = configurations.checked(offer.version, wanted, stored=offer.configuration)
        _apply(offer, document, actor=actor)
        if offer.terms_changed:
            services.remember_terms(current, current.listing, actor)
    return current


def force(*, listing: Listing, actor: Actor, reason: str) -> Forced:
    """An operator upgrades every install of a listing for which nothing is to ask: for a security fix.

    One that needs a setting, or whose price would change, stays where it is. Each is done by itself, so one
    that fails or dies undoes no other. Raises ReasonMissing, OwnPublisher for an operator of its publisher's
    account, or NoUpgrade when no version is published.
    """
    check_other_publisher(listing.publisher, actor)
    if not reason.strip():
        raise ReasonMissing("Invalid Reason: say why, for the accounts to read")
    if listing.published_version_id is None:
        raise NoUpgrade("Invalid Upgrade: the listing has no published version")
    verdicts = [_forced(each, actor=actor, reason=reason) for each in _behind(listing)]
    counts = _counted(verdicts)
    audit.record(
        "listing.upgrade_forced",
        actor=actor,
        subject_sid=listing.sid,
        subject=listing.name,
        account=listing.publisher.account,
        after={
            "upgraded": counts.upgraded,
            "need_settings": counts.need_settings,
            "need_consent": counts.need_consent,
        },
        reason=reason,
    )
    return counts


def effect_of_force(listing: Listing) -> Forced:
    """What `force` would do now, in counts."""
    if listing.published_version is None:
        return Forced()
    rows = InstalledAddOn.objects.live().filter(version__listing=listing).with_listing()
    behind = rows.exclude(version=listing.published_version).order_by("pk")
    return _counted([_verdict(each, listing.published_version) for each in behind.iterator(chunk_size=500)])


def _behind(listing: Listing) -> list[int]:
    """The keys of the installs that have another version than the published one, oldest first."""
    live = InstalledAddOn.objects.live().filter(version__listing=listing)
    behind = live.exclude(version=listing.published_version_id)
    return list(behind.order_by("pk").values_list("pk", flat=True))


def _forced(pk: int, *, actor: Actor, reason: str) -> _Verdict:
    with transaction.atomic():
        current = _locked(InstalledAddOn(pk=pk))
        offer = offered(current) if current else None
        if offer is None:
            return _Verdict.NOTHING_TO_DO
        verdict = _verdict(offer.installed, offer.version)
        if verdict is _Verdict.UPGRADED:
            _apply(offer, offer.configuration, actor=actor, reason=reason)
    return verdict


def _verdict(installed: InstalledAddOn, version: ListingVersion) -> _Verdict:
    """Asks the database nothing: it is told of every install of a listing before they are upgraded."""
    if not installed.has_upgrade:
        return _Verdict.NOTHING_TO_DO
    if installed.version.definition.get(PRICE) != version.definition.get(PRICE):
        return _Verdict.NEEDS_CONSENT
    configuration = carried(installed, version)
    still_asked = installed.configuration.keys() & _properties(version)
    is_whole = still_asked <= configuration.keys()
    if not is_whole or definition_of(version).configuration_schema.faults(configuration):
        return _Verdict.NEEDS_SETTINGS
    return _Verdict.UPGRADED


def _counted(verdicts: list[_Verdict]) -> Forced:
    return Forced(
        upgraded=verdicts.count(_Verdict.UPGRADED),
        need_settings=verdicts.count(_Verdict.NEEDS_SETTINGS),
        need_consent=verdicts.count(_Verdict.NEEDS_CONSENT),
    )


def _locked(installed: InstalledAddOn) -> InstalledAddOn | None:
    """The row as it is now, for this transaction alone, with all it takes; None when it is uninstalled."""
    rows = InstalledAddOn.objects.select_for_update(of=("self",)).live().with_listing()
    found = rows.select_related("account", "version__listing__published_version")
    return found.filter(pk=installed.pk).first()


def _apply(offer: Upgrade, document: dict[str, Any], *, actor: Actor, reason: str = "") -> None:
    """Write it all, for a row locked by the caller."""
    installed, before = offer.installed, offer.installed.version
    listing = installed.listing
    installed.version = offer.version
    installed.version.listing = listing
    installed.configuration = document
    installed.date_updated = timezone.now()
    installed.save(update_fields=["version", "sealed_configuration", "date_updated"])
    _follow_points(installed)
    services.remember_configuration(installed, actor)
    audit.record(
        "install.upgraded",
        actor=actor,
        subject_sid=installed.sid,
        subject=installed.unique_name,
        account=installed.account,
        before={"version": before.number, "version_sid": before.sid},
        after={"version": offer.version.number, "version_sid": offer.version.sid},
        reason=reason,
    )


def _follow_points(installed: InstalledAddOn) -> None:
    """A switch for each point of the version: those there are stay as they are, new ones are off."""
    offers = installed.version.definition["extensions"]
    installed.switches.exclude(extension__unique_name__in=offers).delete()
    new = installed.listing.extensions.filter(unique_name__in=offers).exclude(
        switches__installed_add_on=installed
    )
    InstalledExtension.objects.bulk_create(
        InstalledExtension(installed_add_on=installed, extension=extension, enabled=False)
        for extension in new
    )


def _properties(version: ListingVersion) -> frozenset[str]:
    return frozenset(version.configuration_schema.get("properties") or {})


def _faulty(version: ListingVersion, document: Mapping[str, Any]) -> frozenset[str]:
    """The names of the values that the version's schema does not take."""
    faults = definition_of(version).configuration_schema.faults(document)
    return frozenset(next(iter(steps(fault.path)), "") for fault in faults)
