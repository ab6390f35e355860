"""Numbers, add-ons that run for their messages and calls, and where the console shows them."""

from typing import Any

from accounts.models import Account
from marketplace import number_services
from marketplace.models import AssignedAddOn, IncomingPhoneNumber, InstalledAddOn
from tests.factories import make_definition, make_install, make_listing

LIST = "/console/numbers/"
ASSIGN = "/console/numbers/assign/"
HAWAII, LONDON = "+18089255327", "+442079460018"
TASKS = "taskrouter-create-task"


def make_number(account: Account, phone_number: str = HAWAII, **settings: str) -> IncomingPhoneNumber:
    return number_services.create_number(account=account, phone_number=phone_number, settings=settings)


def make_caller(account: Account, **changes: Any) -> InstalledAddOn:
    """An installed add-on that runs for messages and calls."""
    points = ["sms-incoming", "voice-incoming"]
    listing = make_listing(definition=make_definition(extensions=["lookup-api", *points, TASKS]))
    return make_install(account, listing, **{"enabled": points, **changes})


def bind(number: IncomingPhoneNumber, installed: InstalledAddOn) -> AssignedAddOn:
    return number_services.assign(number=number, installed=installed)


def page_of(number: IncomingPhoneNumber) -> str:
    return f"{LIST}{number.sid}/"


def add_on_page(installed: InstalledAddOn) -> str:
    return f"/console/installed/{installed.sid}/"


def unassign_of(number: IncomingPhoneNumber, installed: InstalledAddOn) -> str:
    return f"{page_of(number)}add-ons/{installed.sid}/unassign/"
