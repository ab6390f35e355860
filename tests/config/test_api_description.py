"""The OpenAPI document: valid, complete, and true of what is really answered."""

import os
from typing import Any

import orjson
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import URLResolver, get_resolver
from rest_framework.test import APIClient

from config import api_description
from tests.config.described import matching, operations, schema_of

APIS = {"marketplace", "preview", "lookups", "api", "taskrouter"}


def document() -> dict[str, Any]:
    return orjson.loads(Client().get("/openapi.json").content)  # type: ignore[no-any-return]


def properties(component: str) -> dict[str, Any]:
    found: dict[str, Any] = document()["components"]["schemas"][component]["properties"]
    return found


def test_the_document_is_valid_and_nothing_in_it_is_guessed() -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=os.devnull)


def test_it_is_public_and_can_be_kept() -> None:
    answer = Client().get("/openapi.json")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert set(answer["Cache-Control"].split(", ")) == {"public", "max-age=3600"}
    assert Client().get("/openapi.json", headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert Client().post("/openapi.json").status_code == 405


def test_it_is_made_once_for_an_installation() -> None:
    assert api_description.document() is api_description.document()
    assert api_description.as_json() is api_description.as_json()


def test_every_path_of_every_api_is_in_it() -> None:
    served = {matching(template, {**document()["paths"]}) for api in APIS for template in templates(api)}
    assert served == set(document()["paths"])


def templates(api: str) -> list[str]:
    """The paths that the named routes of an API have, with a stand-in for each part that varies."""
    found: list[Any] = []
    for pattern in get_resolver().url_patterns:
        if isinstance(pattern, URLResolver) and pattern.namespace == api:
            before = str(pattern.pattern).replace("<sid:account_sid>", "AC" + "0" * 32)
            names = {str(name) for name in pattern.reverse_dict if isinstance(name, str)}
            for name in names:
                ((path, parameters),) = pattern.reverse_dict.getlist(name)[0][0][:1]
                found.append(f"/{before}{path % dict.fromkeys(parameters, 'XX' + '0' * 32)}")
    return found


def test_parameters_are_form_fields_as_the_platform_has_them() -> None:
    create = document()["paths"]["/v1/InstalledAddOns"]["post"]["requestBody"]
    assert list(create["content"]) == ["application/x-www-form-urlencoded", "multipart/form-data"]
    parameters = document()["components"]["schemas"]["InstallIn"]
    assert parameters["required"] == ["AcceptTermsOfService", "AvailableAddOnSid"]
    assert properties("InstallIn")["AvailableAddOnSid"]["pattern"] == "^XB[0-9a-fA-F]{32}$"
    assert properties("InstallIn")["AcceptTermsOfService"]["enum"] == ["true", "false"]
    assert properties("InstallIn")["Configuration"]["contentMediaType"] == "application/json"
    assert properties("InstallIn")["UniqueName"]["pattern"] == "^[A-Za-z0-9_-]{1,128}$"


def test_a_path_says_which_kind_of_sid_it_takes() -> None:
    path = "/v1/InstalledAddOns/{installed_sid}/Extensions/{sid}"
    parameters = document()["paths"][path]["get"]["parameters"]
    patterns = {each["name"]: each["schema"]["pattern"] for each in parameters if each["in"] == "path"}
    assert patterns == {"installed_sid": "^XE[0-9a-fA-F]{32}$", "sid": "^XF[0-9a-fA-F]{32}$"}


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_every_operation_says_what_it_does_how_to_sign_in_and_how_it_refuses(method: str) -> None:
    for path, operation in operations(document(), method):
        assert operation["summary"], path
        assert operation["security"] == [{"basic": []}], path
        assert {"401", "403", "429"} <= set(operation["responses"]), path
        headers = {each["name"] for each in operation.get("parameters", []) if each["in"] == "header"}
        # Costs money, so its answer is never kept, and nobody is made to wait for the first one of two.
        asks_add_ons = "PhoneNumbers/{number}" in path or path.startswith("/v1/Workspaces")
        leads_elsewhere = "/Data." in path  # to a link that ends soon
        expected = {"get": {"If-None-Match"}, "post": {"Idempotency-Key"}, "delete": set()}[method]
        assert headers == (set() if asks_add_ons or leads_elsewhere else expected), path


@pytest.mark.parametrize(
    ("method", "path", "scopes"),
    [
        ("get", "/v1/InstalledAddOns", "Everything, Reading, Marketplace, Operating"),
        ("post", "/v1/InstalledAddOns", "Everything, Marketplace"),
        ("post", "/v1/Listings", "Everything, Publishing"),
        ("post", "/v1/Listing/{listing_sid}/Versions/{sid}", "Everything, Publishing, Operating"),
        ("get", "/v1/PhoneNumbers/{number}", "Everything, Marketplace"),
        ("post", "/v1/Workspaces/{workspace_sid}/Tasks", "Everything, Marketplace"),
    ],
)
def test_an_operation_says_which_keys_may(method: str, path: str, scopes: str) -> None:
    described = document()["paths"][path][method]["description"]
    assert described.startswith(f"Scopes of API keys that may: {scopes}.")


def test_a_request_that_is_never_repeated_says_so() -> None:
    task = document()["paths"]["/v1/Workspaces/{workspace_sid}/Tasks"]["post"]
    assert "A request that is sent again is done again" in task["description"]
    assert "409" not in task["responses"]
    assert "headers" not in task["responses"]["201"]


def test_a_list_says_how_it_is_paged() -> None:
    parameters = document()["paths"]["/v1/InstalledAddOns"]["get"]["parameters"]
    assert [each["name"] for each in parameters if each["in"] == "query"] == ["PageSize", "Page", "PageToken"]


def test_a_2010_path_has_three_formats() -> None:
    path = "/2010-04-01/Accounts/{account_sid}/IncomingPhoneNumbers.{format}"
    operation = document()["paths"][path]["get"]
    formats = next(each for each in operation["parameters"] if each["name"] == "format")
    assert formats["schema"]["enum"] == ["json", "xml", "csv"]
    described = list(operation["responses"]["200"]["content"])
    assert described == ["application/json", "application/xml", "text/csv"]


def test_only_the_preview_is_deprecated() -> None:
    for method in ("get", "post", "delete"):
        for path, operation in operations(document(), method):
            assert operation.get("deprecated", False) == path.startswith("/marketplace/"), path


def test_each_api_has_its_own_address(settings: Any) -> None:
    own = {"lookups": "https://lookups.example", "taskrouter": "https://tasks.example"}
    settings.API_URLS = {**settings.API_URLS, **own}
    paths = document()["paths"]
    tasks = paths["/v1/Workspaces/{workspace_sid}/Tasks"]["post"]
    assert tasks["servers"] == [{"url": "https://tasks.example"}]
    assert paths["/v1/PhoneNumbers/{number}"]["get"]["servers"] == [{"url": "https://lookups.example"}]
    assert "servers" not in paths["/v1/InstalledAddOns"]["get"]


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v1/InstalledAddOns?PageSize=0", {}, 400),
        ("/v1/InstalledAddOns", {"Authorization": "Basic bm9ib2R5Om5v"}, 401),
        ("/v1/InstalledAddOns/XE00000000000000000000000000000000", {}, 404),
    ],
)
def test_a_refusal_has_the_described_shape(
    api: APIClient, path: str, headers: dict[str, str], status: int
) -> None:
    described = document()
    if headers:
        api.credentials()
    answer = api.get(path, headers=headers)
    assert answer.status_code == status
    template = matching(path.partition("?")[0], described["paths"])
    schema_of(described, template, "get", str(status)).validate(answer.json())


def test_the_examples_of_refusals_are_real_ones(api: APIClient) -> None:
    described = document()["components"]["responses"]
    missing = api.post("/v1/InstalledAddOns").json()
    example, *_ = described["BadRequest"]["content"]["application/json"]["examples"].values()
    assert example["value"] == missing
    wrong_type = api.post("/v1/InstalledAddOns", "x", content_type="text/plain").json()
    example, *_ = described["UnsupportedMediaType"]["content"]["application/json"]["examples"].values()
    assert example["value"] == wrong_type
