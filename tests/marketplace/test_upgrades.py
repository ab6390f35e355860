"""Upgrades of installed add-ons: what stays, what is asked, what an operator may force."""

from typing import Any

import pytest

from accounts.models import Account, AuditEntry
from marketplace import services, upgrades
from marketplace.configuration import BadConfiguration
from marketplace.models import InstalledAddOn, SavedConfiguration
from publishers import availability
from publishers.models import Listing, ListingVersion
from publishers.versions import publish
from rest.errors import NotFound
from tests.factories import NOBODY, make_account, make_definition, make_install, make_listing

pytestmark = pytest.mark.django_db
LANGUAGE = {"type": "string", "enum": ["en", "de"]}
KEY = {"type": "string", "_secret": True}


def make_schema(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


def publish_next(listing: Listing, *, notes: str = "", **definition: Any) -> ListingVersion:
    """The next version of a listing, published past its review."""
    listing.refresh_from_db()
    last = listing.versions.latest("number")
    version = listing.versions.create(
        number=last.number + 1, definition=make_definition(**definition), notes=notes, status="approved"
    )
    publish(version=version, availability=listing.availability, actor=NOBODY)
    return version


def make_outdated(
    account: Account | None = None,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    **installed: Any,
) -> InstalledAddOn:
    """An install of version 1 of a listing whose version 2 is published."""
    listing = make_listing(definition=make_definition(**(before or {})))
    made = make_install(account, listing, **installed)
    publish_next(listing, **(after or {}))
    return fresh(made)


def fresh(installed: InstalledAddOn) -> InstalledAddOn:
    rows = InstalledAddOn.objects.with_listing().select_related("version__listing__published_version")
    return rows.get(pk=installed.pk)


def upgraded(installed: InstalledAddOn, **given: Any) -> InstalledAddOn:
    upgrades.upgrade(installed=installed, actor=NOBODY, **given)
    return fresh(installed)


def test_an_install_stays_on_its_version_until_it_is_upgraded() -> None:
    installed = make_outdated()
    assert (installed.version.number, installed.has_upgrade) == (1, True)
    after = upgraded(installed)
    assert (after.version.number, after.has_upgrade) == (2, False)
    assert after.date_updated > installed.date_updated


def test_an_upgrade_is_in_the_audit_log_and_its_configuration_in_the_record() -> None:
    schema = make_schema(language=LANGUAGE)
    installed = make_outdated(
        before={"configuration_schema": schema},
        after={"configuration_schema": schema},
        configuration={"language": "de"},
    )
    after = upgraded(installed)
    entry = AuditEntry.objects.get(action="install.upgraded")
    assert (entry.subject_sid, entry.account_sid) == (installed.sid, installed.account.sid)
    assert (entry.before["version"], entry.after["version"]) == (1, 2)
    assert entry.after.keys() == {"version", "version_sid"}
    saved = SavedConfiguration.objects.latest("pk")
    assert (saved.version, saved.installed_add_on) == (after.version, after)


def test_nothing_is_offered_but_another_published_version() -> None:
    installed = make_install()
    assert upgrades.offered(fresh(installed)) is None
    with pytest.raises(upgrades.NoUpgrade):
        upgraded(installed)


@pytest.mark.parametrize(
    ("state", "offers"), [("retired", True), ("beta", True), ("suspended", False), ("draft", False)]
)
def test_nothing_is_offered_of_a_listing_that_nobody_asks(state: str, offers: bool) -> None:
    installed = make_outdated()
    Listing.objects.update(availability=state)
    assert (upgrades.offered(fresh(installed)) is not None) is offers


def test_what_was_uninstalled_is_not_upgraded() -> None:
    installed = make_outdated()
    services.uninstall(installed=installed)
    with pytest.raises(NotFound):
        upgraded(installed)


def test_of_two_upgrades_the_second_finds_nothing_to_do() -> None:
    installed = make_outdated()
    upgraded(installed)
    with pytest.raises(upgrades.NoUpgrade):
        upgraded(installed)
    assert AuditEntry.objects.filter(action="install.upgraded").count() == 1


# --- Configuration ---------------------------------------------------------------------------

OLD = make_schema(language=LANGUAGE, depth={"type": "integer"}, key=KEY)
STORED = {"language": "de", "depth": 3, "key": "secret"}


@pytest.mark.parametrize(
    ("new", "stays"),
    [
        (OLD, STORED),
        (make_schema(language=LANGUAGE, key=KEY), {"language": "de", "key": "secret"}),
        (
            make_schema(language={"type": "string", "enum": ["en"]}, depth={"type": "integer"}, key=KEY),
            {"depth": 3, "key": "secret"},
        ),
        (
            make_schema(language=LANGUAGE, depth={"type": "integer", "maximum": 2}, key=KEY),
            {"language": "de", "key": "secret"},
        ),
        (
            make_schema(language=LANGUAGE, depth={"type": "integer"}, key={"type": "string"}),
            {"language": "de", "depth": 3},
        ),
        ({**make_schema(language=LANGUAGE), "additionalProperties": False}, {"language": "de"}),
    ],
    ids=["the same", "one fewer", "enum smaller", "maximum", "no secret any more", "closed"],
)
def test_values_stay_where_the_new_version_takes_them(new: dict[str, Any], stays: dict[str, Any]) -> None:
    installed = make_outdated(
        before={"configuration_schema": OLD}, after={"configuration_schema": new}, configuration=STORED
    )
    assert upgraded(installed).configuration == stays


def test_what_nobody_described_stays_unless_the_new_version_forbids_it() -> None:
    for closed, stays in ((None, {"extra": 1}), (False, {})):
        new = make_schema() if closed is None else {**make_schema(), "additionalProperties": closed}
        installed = make_outdated(after={"configuration_schema": new}, configuration={"extra": 1})
        assert upgraded(installed).configuration == stays


def test_what_is_newly_required_must_be_given() -> None:
    new = make_schema("language", language=LANGUAGE)
    installed = make_outdated(after={"configuration_schema": new})
    with pytest.raises(BadConfiguration, match="/language"):
        upgraded(installed)
    assert fresh(installed).version.number == 1
    assert not AuditEntry.objects.filter(action="install.upgraded").exists()
    assert upgraded(installed, configuration={"language": "en"}).configuration == {"language": "en"}


def test_a_mask_keeps_a_secret_that_is_still_one() -> None:
    installed = make_outdated(
        before={"configuration_schema": OLD}, after={"configuration_schema": OLD}, configuration=STORED
    )
    assert upgraded(installed, configuration={"key": "********"}).configuration == {"key": "secret"}


def test_a_mask_brings_no_secret_back_that_would_be_shown() -> None:
    new = make_schema(key={"type": "string"})
    installed = make_outdated(
        before={"configuration_schema": OLD}, after={"configuration_schema": new}, configuration=STORED
    )
    assert upgraded(installed, configuration={"key": "********"}).configuration == {"key": "********"}


# --- Points ----------------------------------------------------------------------------------


def test_new_points_are_off_those_that_stay_are_as_they_were_and_the_others_are_gone() -> None:
    installed = make_outdated(
        before={"extensions": ["lookup-api", "voice-incoming"]},
        after={"extensions": ["sms-incoming", "lookup-api"]},
        enabled=["lookup-api", "voice-incoming"],
    )
    switches = upgraded(installed).switches.values_list("extension__unique_name", "enabled")
    assert dict(switches) == {"lookup-api": True, "sms-incoming": False}
    assert not InstalledAddOn.objects.enabled_for("voice-incoming").exists()


# --- Terms -----------------------------------------------------------------------------------


def test_terms_are_accepted_anew_only_when_they_changed() -> None:
    installed = make_outdated()
    assert not upgrades.offered(installed).terms_changed  # type: ignore[union-attr]  # it is offered
    upgraded(installed, accept_terms=True)
    assert installed.terms_acceptances.count() == 1
    Listing.objects.update(policies={"legal": "Be nicer."})
    publish_next(installed.listing)
    with pytest.raises(services.TermsNotAccepted, match="have changed"):
        upgraded(installed)
    third = upgraded(installed, accept_terms=True)
    newest = third.terms_acceptances.latest("pk")
    assert (newest.version.number, "Be nicer." in newest.text.text) == (3, True)
    assert third.terms_acceptances.count() == 2


def test_nobody_agrees_to_what_was_published_after_the_page() -> None:
    installed = make_outdated()
    offer = upgrades.offered(installed)
    assert offer is not None
    publish_next(installed.listing, pricing={"model": "per_use", "price": "9", "currency": "USD"})
    with pytest.raises(upgrades.OfferChanged):
        upgraded(installed, seen=offer.mark)
    assert fresh(installed).version.number == 1


def test_nor_to_terms_that_were_written_after_the_page() -> None:
    installed = make_outdated()
    offer = upgrades.offered(installed)
    assert offer is not None
    Listing.objects.update(policies={"legal": "Pay more."})
    with pytest.raises(upgrades.OfferChanged):
        upgraded(installed, seen=offer.mark, accept_terms=True)


def test_the_offer_tells_what_changes_and_the_notes_in_between() -> None:
    installed = make_outdated(after={"notes": "Two."})
    publish_next(installed.listing, notes="Three.", pricing={"model": "per_use", "price": "0.1"})
    offer = upgrades.offered(fresh(installed))
    assert offer is not None
    assert [each.notes for each in offer.published_since] == ["Three.", "Two."]
    assert [each.risk for each in offer.changes] == ["price"]


# --- Forced by an operator -------------------------------------------------------------------


def force(listing: Listing, reason: str = "It leaked.") -> upgrades.Forced:
    listing.refresh_from_db()
    expected = upgrades.effect_of_force(listing)
    done = upgrades.force(listing=listing, actor=NOBODY, reason=reason)
    assert done == expected
    return done


def test_an_operator_upgrades_where_nothing_is_to_ask() -> None:
    old = make_schema(language=LANGUAGE)
    new = make_schema("language", language=LANGUAGE)
    listing = make_listing(definition=make_definition(configuration_schema=old))
    fits = make_install(listing=listing, configuration={"language": "de"}, enabled=["lookup-api"])
    lacks = make_install(listing=listing)
    removed = make_install(listing=listing, configuration={"language": "de"})
    services.uninstall(installed=removed)
    publish_next(listing, configuration_schema=new)
    already = make_install(make_account(), Listing.objects.get(), configuration={"language": "en"})
    assert force(listing) == upgrades.Forced(upgraded=1, need_settings=1)
    numbers = {each: fresh(each).version.number for each in (fits, lacks, removed, already)}
    assert numbers == {fits: 2, lacks: 1, removed: 1, already: 2}
    assert fresh(fits).configuration == {"language": "de"}
    entry = AuditEntry.objects.get(action="listing.upgrade_forced")
    assert (entry.reason, entry.after) == (
        "It leaked.",
        {"upgraded": 1, "need_settings": 1, "need_consent": 0},
    )
    assert AuditEntry.objects.get(action="install.upgraded").reason == "It leaked."


def test_nobody_is_forced_to_another_price() -> None:
    installed = make_outdated(after={"pricing": {"model": "per_use", "price": "1", "currency": "USD"}})
    assert force(installed.listing) == upgrades.Forced(need_consent=1)
    assert fresh(installed).version.number == 1


def test_nobody_loses_a_setting_by_force() -> None:
    """It would be valid without the language; but then it is no longer what the account chose."""
    installed = make_outdated(
        before={"configuration_schema": make_schema(language=LANGUAGE)},
        after={"configuration_schema": make_schema(language={"type": "string", "enum": ["en"]})},
        configuration={"language": "de"},
    )
    assert force(installed.listing) == upgrades.Forced(need_settings=1)


def test_a_forced_upgrade_needs_a_reason_and_a_version() -> None:
    with pytest.raises(upgrades.ReasonMissing):
        force(make_outdated().listing, reason=" ")
    listing = make_listing()
    Listing.objects.filter(pk=listing.pk).update(published_version=None)
    with pytest.raises(upgrades.NoUpgrade):
        force(listing)


def test_a_suspended_listing_forces_nothing() -> None:
    installed = make_outdated()
    availability.suspend(listing=installed.listing, reason="spam", actor=NOBODY)
    assert force(installed.listing) == upgrades.Forced()
