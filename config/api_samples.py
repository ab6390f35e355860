"""Code to start with: list, install and look up, ready to paste for one account."""

import json
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string

from accounts.models import Account
from invocations.points import lookup
from marketplace.models import InstalledAddOn
from publishers.models import Listing

NUMBER = "+14155552671"
# How many listings are looked at for one that installs without any setting.
CANDIDATES = 20
LANGUAGES = [
    ("curl", "curl"),
    ("python", "Python, with the official Twilio client"),
    ("node", "Node, with the official Twilio client"),
]


@dataclass(frozen=True)
class AddOn:
    """The add-on that the samples install."""

    sid: str
    name: str
    unique_name: str


# Shown while the catalogue is empty.
NO_ADD_ON = AddOn(sid="XB" + "0" * 32, name="an add-on", unique_name="unique_name")


@dataclass(frozen=True)
class Sample:
    """One block of code and what stands above it."""

    label: str
    code: str


def samples(account: Account) -> list[Sample]:
    """The same three steps in every language. Credentials come from the environment."""
    add_on = _add_on()
    context = {
        **settings.API_URLS,
        "account_sid": account.sid,
        "add_on": add_on,
        "configuration": json.dumps({}),
        "number": NUMBER,
        "unique_name": _runs_in_lookups(account) or add_on.unique_name,
    }
    return [
        Sample(label, render_to_string(f"api/samples/{name}.txt", context).strip())
        for name, label in LANGUAGES
    ]


def _add_on() -> AddOn:
    """An add-on of the catalogue that needs no setting; failing that, the newest."""
    newest = list(Listing.objects.in_api().with_publisher().order_by("-sid")[:CANDIDATES])
    easy = [each for each in newest if not _required(each)]
    chosen = next(iter([*easy, *newest]), None)
    # The name stands in a comment of the samples: on one line.
    return AddOn(chosen.sid, " ".join(chosen.name.split()), chosen.unique_name) if chosen else NO_ADD_ON


def _required(listing: Listing) -> list[str]:
    version = listing.published_version
    return list(version.configuration_schema.get("required", [])) if version else []


def _runs_in_lookups(account: Account) -> str | None:
    """The unique name of an add-on that a lookup can ask today."""
    running = InstalledAddOn.objects.of(account).in_api().enabled_for(lookup.POINT)
    return running.order_by("unique_name").values_list("unique_name", flat=True).first()
