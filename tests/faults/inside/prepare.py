"""`python -m tests.faults.inside.prepare`: a publisher, its add-on, and developers who have installed it.

Reads what is wanted as JSON, writes credentials as JSON. With the word `migrate`, makes the tables alone.
"""

import json
import sys
from typing import Any

import django
from django.core.management import call_command

PRICE_MICROS = 30_000


def definition(service: str) -> dict[str, Any]:
    from tests.factories import make_recording_definition

    fields = {
        "audio": "audio_data",
        "callback": "callback_url",
        "sid": "request_sid",
        "recording": "media_sid",
    }
    body = [{"name": name, "value": f"{{{{{field}}}}}"} for name, field in fields.items()]
    return make_recording_definition(
        request={
            "method": "POST",
            "url": f"{service}/transcripts",
            "body": {"kind": "multipart", "fields": body},
        },
        pricing={"model": "per_use", "price": "0.03", "currency": "USD"},
    )


def prepare(wanted: dict[str, Any]) -> dict[str, Any]:
    from tests.factories import make_account, make_install, make_listing, make_publisher

    publisher = make_publisher("publisher")
    listing = make_listing(publisher=publisher, definition=definition(wanted["service"]))
    developers = []
    for url in wanted["callback_urls"]:
        account = make_account()
        make_install(account, listing, configuration={"callback_url": url}, enabled=["recording-verb"])
        developers.append({"sid": account.sid, "token": account.auth_token})
    account = publisher.account
    return {"publisher": {"sid": account.sid, "token": account.auth_token}, "developers": developers}


def main() -> None:
    django.setup()
    if sys.argv[1:] == ["migrate"]:
        call_command("migrate", verbosity=0)
    else:
        sys.stdout.write(json.dumps(prepare(json.load(sys.stdin))))


if __name__ == "__main__":
    main()
