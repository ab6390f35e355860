"""Patchbay with the official Twilio client: install an add-on, switch on lookups, look a number up.

    make up                                              # in another terminal
    .venv/bin/python -m examples.lookup_with_twilio      # reads var/demo.json

The client is the one from PyPI, unmodified; only its base URLs point here.
"""

import json
import sys
from pathlib import Path
from typing import Any

from twilio.rest import Client

DEMO_FILE = Path("var/demo.json")
ADD_ON = "Anagram"
NUMBER = "+18778894546"


def client_for(base_url: str, account_sid: str, auth_token: str) -> Client:
    """The official client, talking to a Patchbay."""
    client = Client(account_sid, auth_token)
    for domain in (client.marketplace, client.lookups, client.api, client.preview, client.taskrouter):
        domain.base_url = base_url
    return client


def install(client: Client, name: str, configuration: dict[str, Any]) -> str:
    """Install an add-on by its name and switch it on for lookups. Returns its unique name."""
    catalogue = client.marketplace.v1.available_add_ons.list()
    add_on = next(each for each in catalogue if each.friendly_name == name)
    installed = client.marketplace.v1.installed_add_ons.create(
        available_add_on_sid=add_on.sid, accept_terms_of_service=True, configuration=configuration
    )
    extensions = client.marketplace.v1.installed_add_ons(installed.sid).extensions
    lookups = next(each for each in extensions.list() if each.unique_name == "lookup-api")
    client.marketplace.v1.installed_add_ons(installed.sid).extensions(lookups.sid).update(enabled=True)
    return str(installed.unique_name)


def look_up(client: Client, number: str, unique_names: list[str]) -> dict[str, Any]:
    """What the named add-ons say of a number: unique name to entry."""
    answer = client.lookups.v1.phone_numbers(number).fetch(add_ons=unique_names)
    return dict(answer.add_ons["results"])


def main() -> None:
    """Install Anagram once more and ask it, together with everything that is switched on already."""
    demo = json.loads(DEMO_FILE.read_text())
    client = client_for(demo["base_url"], demo["account_sid"], demo["auth_token"])
    unique_name = install(client, ADD_ON, {"shortest_word": 4})
    json.dump(look_up(client, NUMBER, [unique_name, "northwind_number_facts"]), sys.stdout, indent=2)


if __name__ == "__main__":
    main()
