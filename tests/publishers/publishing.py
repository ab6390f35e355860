"""How a publisher and an operator call the API."""

import json
from typing import Any

from rest_framework.test import APIClient

from accounts.models import Account
from accounts.scopes import Scope
from accounts.services import create_api_key
from publishers.models import Listing, ListingVersion
from tests.conftest import basic
from tests.factories import make_account, make_definition, make_report, make_user

BASE = "http://127.0.0.1:8000/v1"
NAMED = {"name": "Number Facts", "short_description": "Facts about a number."}
WITH_SECRET = make_definition(auth={"kind": "bearer", "token": "service_key"})
QUICK = make_definition(limits={"timeout_ms": 500})


def operator_api(account: Account | None = None) -> APIClient:
    account = account or make_account()
    key, secret = create_api_key(
        account=account,
        friendly_name="operator",
        scope=Scope.OPERATE,
        created_by=make_user(account, is_staff=True),
    )
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=basic(key.sid, secret))
    return client


def create_listing(api: APIClient, module_info: Any = None, **more: Any) -> Any:
    return api.post("/v1/Listings", {"ModuleInfo": json.dumps(module_info or NAMED), **more})


def update_listing(api: APIClient, listing: Listing, **blocks: Any) -> Any:
    texts = {name: block if isinstance(block, str) else json.dumps(block) for name, block in blocks.items()}
    return api.post(f"/v1/Listing/{listing.sid}", texts)


def create_version(api: APIClient, listing: Listing, definition: Any = None, **more: Any) -> Any:
    sent = definition if isinstance(definition, str) else json.dumps(definition or make_definition())
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in more.items()}
    return api.post(f"/v1/Listing/{listing.sid}/Versions", {"Definition": sent, **texts})


def update_version(api: APIClient, version: dict[str, Any], **parameters: Any) -> Any:
    texts = {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()
    }
    return api.post(path_of(version), texts)


def submit(api: APIClient, version: dict[str, Any], **parameters: Any) -> Any:
    """Submit a version about which the contract tester has nothing to say; approving does not publish it."""
    make_report(ListingVersion.objects.get(sid=version["sid"]))
    return update_version(api, version, Status="submitted", PublishOnApproval="false", **parameters)


def path_of(version: dict[str, Any]) -> str:
    return f"/v1/Listing/{version['listing_sid']}/Versions/{version['sid']}"


def error_of(answer: Any) -> tuple[int, int, str]:
    return answer.status_code, answer.json()["code"], answer.json()["message"]
