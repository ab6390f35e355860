"""The demo: three people, one publisher with four real services, two add-ons ready to run.

Everything is made through the same services as a user's own data, so nothing in the demo is a mock.
`var/demo.json` (mode 0600) tells scripts and people the credentials; they are made for each installation.
"""

import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.models import Account, ApiKey, AuditEntry, Membership, Role, User
from accounts.requests import Actor
from accounts.scopes import Scope
from accounts.services import create_api_key
from billing.models import LedgerEntry
from config import demo_recordings
from config.demo_processes import DEVELOPER, SERVICES, WEBHOOK, ExampleService
from marketplace import number_services
from marketplace import services as marketplace
from marketplace.models import (
    IncomingPhoneNumber,
    Install,
    InstalledAddOn,
    SavedConfiguration,
    TermsAcceptance,
)
from publishers import listing_files
from publishers.models import Listing, ListingVersion, Publisher
from publishers.versions import Role as VersionRole
from publishers.versions import Wish, move
from results.models import Event, Invocation

PEOPLE = {
    "developer": DEVELOPER,
    "publisher": "publisher@patchbay.example",
    "operator": "operator@patchbay.example",
}
READY_TO_RUN = "northwind_number_facts"
# Made-up numbers of the kind that examples use, which libphonenumber accepts.
NUMBERS = {"+14155552671": "Support line", "+12025550123": "Sales line"}
BY_THE_DEMO = Actor(user=None, credential="", ip_address="")


@dataclass(frozen=True)
class Login:
    """A demo person, as the sign-in page shows them."""

    role: str
    email: str
    password: str


def is_loaded() -> bool:
    """Whether this database holds the demo."""
    return User.objects.filter(email__in=PEOPLE.values()).exists()


def demo_file() -> Path:
    return Path(settings.VAR_DIR) / "demo.json"


def logins() -> list[Login]:
    """The demo's people; none before the demo was loaded."""
    return [Login(role, **login) for role, login in known().get("logins", {}).items()]


def is_wanted() -> bool:
    """Whether the demo may be loaded: into an empty database, or where it already is."""
    return not Account.objects.exists() or is_loaded()


def load(*, port: int) -> None:
    """Make the demo, or refresh it for services that listen behind `port`.

    A second call keeps accounts, credentials and whatever people did; it only follows moved ports and
    changed listing files.
    """
    before, is_first = known(), not is_loaded()
    with transaction.atomic():
        passwords = {role: _person(role, before) for role in PEOPLE}
        developer, northwind = _account("developer", "Demo Developer"), _account("publisher", "Northwind")
        Publisher.objects.get_or_create(
            account=northwind,
            defaults={
                "slug": "northwind",
                "name": "Northwind",
                "status": Publisher.Status.APPROVED,
                "website": "https://northwind.example",
                "about": "The example publisher: its services are in examples/publishers.",
                "contact_name": "Demo publisher",
                "contact_email": PEOPLE["publisher"],
            },
        )
        for service in SERVICES:
            _list_service(service, port, before)
        _install_ready(developer)
        demo_recordings.load(developer, webhook_url=WEBHOOK.url(port), actor=BY_THE_DEMO)
        if is_first:
            _add_numbers(developer)
        api_key = _api_key(developer, before)
        operator_key = _operator_key(before)
    _write(
        {
            "base_url": settings.PUBLIC_URL,
            "account_sid": developer.sid,
            "auth_token": developer.auth_token,
            "api_key": api_key,
            "operator_api_key": operator_key,
            "publisher": {"account_sid": northwind.sid, "auth_token": northwind.auth_token},
            "logins": {role: {"email": PEOPLE[role], "password": passwords[role]} for role in PEOPLE},
            "definitions": {service.unique_name: _digest(service.listing(port)) for service in SERVICES},
            "publishers": {service.package: service.url(port) for service in SERVICES},
            "webhook": WEBHOOK.url(port),
        }
    )


def reset() -> int:
    """Remove exactly the demo's rows and files. Returns how many accounts that were."""
    demo_members = Q(memberships__user__email__in=PEOPLE.values())
    operated = Q(api_keys__created_by__email=PEOPLE["operator"], api_keys__scope=Scope.OPERATE)
    accounts = Account.objects.filter(demo_members | operated)
    sids = list(accounts.values_list("sid", flat=True).distinct())
    listings = Listing.objects.filter(publisher__account__sid__in=sids)
    with transaction.atomic():
        demo_recordings.remove(sids)
        LedgerEntry.objects.filter(payer__sid__in=sids).delete()
        Event.objects.filter(account__sid__in=sids).delete()
        Invocation.objects.filter(account__sid__in=sids).delete()
        TermsAcceptance.objects.filter(account__sid__in=sids).delete()
        SavedConfiguration.objects.filter(installed_add_on__account__sid__in=sids).delete()
        IncomingPhoneNumber.objects.filter(account__sid__in=sids).delete()
        InstalledAddOn.objects.filter(account__sid__in=sids).delete()
        Install.objects.filter(account__sid__in=sids).delete()
        for listing in listings:
            listing_files.remove(listing)
        Publisher.objects.filter(account__sid__in=sids).delete()
        about_them = Q(account_sid__in=sids) | Q(actor__in=PEOPLE.values())
        AuditEntry.objects.filter(about_them).delete()
        Account.objects.filter(sid__in=sids).delete()
        User.objects.filter(email__in=PEOPLE.values()).delete()
    demo_file().unlink(missing_ok=True)
    return len(sids)


def known() -> dict[str, Any]:
    """The facts of the demo as last written; empty without one."""
    try:
        facts: dict[str, Any] = json.loads(demo_file().read_text())
    except FileNotFoundError:
        return {}
    return facts


def _person(role: str, before: dict[str, Any]) -> str:
    """The person's password: the one in the file while it is right, else a new one."""
    email = PEOPLE[role]
    user = User.objects.filter(email=email).first() or User.objects.create_user(
        email, name=f"Demo {role}", is_staff=role == "operator", is_superuser=role == "operator"
    )
    password = str(before.get("logins", {}).get(role, {}).get("password", ""))
    if not password or not user.check_password(password):
        password = secrets.token_urlsafe(9)
        user.set_password(password)
        user.save(update_fields=["password"])
    return password


def _account(role: str, name: str) -> Account:
    user = User.objects.get(email=PEOPLE[role])
    membership = Membership.objects.filter(user=user).select_related("account").first()
    if membership is None:
        account = Account.objects.open(friendly_name=name)
        membership = Membership.objects.create(user=user, account=account, role=Role.OWNER)
    return membership.account


def _list_service(service: ExampleService, port: int, before: dict[str, Any]) -> None:
    """Publish the service's listing. Its installs follow: an old version asks where nobody listens.

    What is already published stays, with whatever people made of it since.
    """
    listing, document = Listing.objects.filter(unique_name=service.unique_name).first(), service.listing(port)
    if listing and before.get("definitions", {}).get(service.unique_name) == _digest(document):
        return
    if listing:
        _clear_the_way(listing)
    key = listing.credentials["service_key"] if listing else secrets.token_urlsafe(24)
    imported = listing_files.store(document, credentials={"service_key": key}, publish=True)
    live = InstalledAddOn.objects.live().filter(install__listing=imported.listing)
    live.update(version=imported.version)


def _clear_the_way(listing: Listing) -> None:
    """Nothing is published while another version waits for an operator."""
    for version in listing.versions.filter(status__in=ListingVersion.WAITING):
        wish = Wish(status=ListingVersion.Status.WITHDRAWN, reason="The demo's services have moved.")
        move(version=version, wish=wish, role=VersionRole.PUBLISHER, actor=BY_THE_DEMO)


def _digest(document: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document["definition"], sort_keys=True).encode()).hexdigest()


def _install_ready(developer: Account) -> None:
    """One add-on that runs at the first click, unless the developer ever installed it themselves."""
    listing = Listing.objects.with_publisher().get(unique_name=READY_TO_RUN)
    if Install.objects.filter(account=developer, listing=listing).exists():
        return
    wanted = marketplace.Wanted(accept_terms=True, configuration={"language": "en"}, enabled=["lookup-api"])
    marketplace.install(account=developer, listing=listing, wanted=wanted, actor=BY_THE_DEMO)


def _add_numbers(developer: Account) -> None:
    """Numbers to assign add-ons to. A number that was removed does not come back."""
    for phone_number, name in NUMBERS.items():
        number_services.create_number(
            account=developer, phone_number=phone_number, settings={"friendly_name": name}
        )


def _api_key(developer: Account, before: dict[str, Any]) -> dict[str, str]:
    """The key in the file while it is live, else a new one: a secret cannot be read back."""
    key: dict[str, str] = before.get("api_key", {})
    if key and ApiKey.objects.of(developer).live().filter(sid=key["sid"]).exists():
        return key
    made, secret = create_api_key(account=developer, friendly_name="Demo scripts")
    return {"sid": made.sid, "secret": secret}


def _operator_key(before: dict[str, Any]) -> dict[str, str]:
    """The operator's key for scripts. Its account has no members: operators work in the admin."""
    operator = User.objects.get(email=PEOPLE["operator"])
    made_before = ApiKey.objects.live().filter(created_by=operator, scope=Scope.OPERATE)
    key: dict[str, str] = before.get("operator_api_key", {})
    if key and made_before.filter(sid=key["sid"]).exists():
        return key
    last = made_before.select_related("account").first()
    account = last.account if last else Account.objects.open(friendly_name="Operations")
    made, secret = create_api_key(
        account=account, friendly_name="Demo operator", scope=Scope.OPERATE, created_by=operator
    )
    return {"sid": made.sid, "secret": secret}


def _write(facts: dict[str, Any]) -> None:
    """Write the file whole, readable by its owner alone from the first byte on."""
    new = demo_file().with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(facts, file, indent=2)
    new.replace(demo_file())
