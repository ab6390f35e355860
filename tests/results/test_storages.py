"""Recordings and payloads in an S3-compatible store; moto stands in for it."""

import hashlib
import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from accounts.models import Account
from config.storage import storage_of
from rest import files
from rest.files import Spool, StorageDown
from results.links import link_of
from results.models import AddOnResult
from tests.conftest import basic
from tests.factories import make_payload, make_recording, make_result
from tests.ports import free_ports

DATA = bytes(range(256)) * 4096  # a MiB


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer  # a second, which every process that collects tests would wait

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=free_ports(1), verbose=False)
    server.start()
    yield f"http://127.0.0.1:{server._port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Any:
    """A bucket that is the site's storage, as who runs the store sees it."""
    import boto3  # as above

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    settings.VAR_DIR = tmp_path
    made = boto3.resource("s3", region_name="us-east-1", endpoint_url=endpoint).Bucket("patchbay")
    made.create()
    made.objects.delete()
    use(settings, f"s3://patchbay/kept?endpoint_url={endpoint}&region=us-east-1")
    return made


def use(settings: Any, url: str) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": storage_of(url, folder=settings.VAR_DIR)}


@pytest.fixture
def result(account: Account, bucket: Any) -> AddOnResult:
    return make_result(make_recording(account), status="completed")


def keys(bucket: Any) -> list[str]:
    return sorted(each.key for each in bucket.objects.all())


def fetch(url: str, **headers: str) -> tuple[int, bytes, Any]:
    try:
        with urlopen(Request(url, headers=headers), timeout=5) as answer:
            return answer.status, answer.read(), answer.headers
    except HTTPError as error:
        return error.code, error.read(), error.headers


# --- The storage -----------------------------------------------------------------------------


def test_what_is_spooled_is_stored_under_the_prefix_and_read_back(bucket: Any) -> None:
    with Spool(limit=len(DATA)) as spool:
        spool.write(DATA)
        name = default_storage.save("payloads/ab/XH1", spool.content())
    assert (name, keys(bucket)) == ("payloads/ab/XH1", ["kept/payloads/ab/XH1"])
    with default_storage.open(name) as file:
        assert (file.size, hashlib.sha256(file.read()).hexdigest()) == (
            len(DATA),
            hashlib.sha256(DATA).hexdigest(),
        )
    assert bucket.Object("kept/payloads/ab/XH1").content_type == "application/octet-stream"


def test_an_object_is_read_from_any_of_its_bytes_on(bucket: Any) -> None:
    name = default_storage.save("payloads/ab/XH1", ContentFile(DATA))
    with default_storage.open(name) as file:
        assert file.read(3) == DATA[:3]
        file.seek(1000)
        assert (file.tell(), file.read(300)) == (1000, DATA[1000:1300])
        file.seek(-5, 2)
        assert (file.read(), file.read()) == (DATA[-5:], b"")
    part = files.open_from(default_storage, name, start=77)
    assert part.read(4) == DATA[77:81]
    part.close()


def test_what_is_deleted_is_gone_and_may_be_deleted_again(bucket: Any) -> None:
    name = default_storage.save("payloads/ab/XH1", ContentFile(DATA))
    default_storage.delete(name)
    default_storage.delete(name)
    assert (default_storage.exists(name), keys(bucket)) == (False, [])
    with pytest.raises(FileNotFoundError):
        default_storage.open(name)


def test_every_object_is_found(bucket: Any) -> None:
    names = ["payloads/aa/XH1", "payloads/aa/XH2", "payloads/bb/XH3"]
    for name in [*names, "recordings/aa/RE1"]:
        default_storage.save(name, ContentFile(b""))
    assert list(files.each_name("payloads")) == names
    assert default_storage.get_modified_time(names[0]).tzinfo is not None


def test_a_store_that_refuses_or_is_not_there_asks_to_come_again(bucket: Any, settings: Any) -> None:
    port = free_ports(1)
    for url in (
        f"s3://nobodys?endpoint_url={bucket.meta.client.meta.endpoint_url}&region=us-east-1",
        f"s3://patchbay?endpoint_url=http://127.0.0.1:{port}&region=us-east-1",
    ):
        use(settings, url)
        with pytest.raises(StorageDown) as refused:
            default_storage.save("payloads/ab/XH1", ContentFile(DATA))
        assert refused.value.http_status == HTTPStatus.SERVICE_UNAVAILABLE


# --- Payloads, through a signed link ---------------------------------------------------------


def test_a_link_leads_on_to_the_store(result: AddOnResult) -> None:
    payload = make_payload(result, b"<script>", content_type="text/html")
    answer = Client().get(link_of(payload))
    assert (answer.status_code, answer.content) == (307, b"")
    assert answer["Cache-Control"] == "private, no-store"
    query = parse_qs(urlsplit(answer["Location"]).query)
    assert int(query["X-Amz-Expires"][0]) <= 60
    status, data, headers = fetch(answer["Location"])
    assert (status, data, headers["Content-Type"]) == (200, b"<script>", "text/html")
    assert headers["Content-Disposition"] == f'attachment; filename="{payload.sid}.html"'
    assert headers["Cache-Control"] == "private, no-store"


def test_a_part_of_what_is_in_the_store(result: AddOnResult) -> None:
    payload = make_payload(result, DATA)
    address = Client().get(link_of(payload))["Location"]
    status, data, _ = fetch(address, Range="bytes=10-19")
    assert (status, data) == (206, DATA[10:20])


def test_who_sends_credentials_gets_the_bytes_from_us(result: AddOnResult, account: Account) -> None:
    """The store refuses a request with two kinds of them: 400, InvalidArgument."""
    payload = make_payload(result, DATA)
    headers = {"authorization": basic(account.sid, account.auth_token)}
    answer: Any = Client().get(link_of(payload), headers=headers)
    assert (answer.status_code, answer.getvalue()) == (200, DATA)
    part: Any = Client().get(link_of(payload), headers={**headers, "range": "bytes=10-19"})
    assert (part.status_code, part.getvalue()) == (206, DATA[10:20])
    assert Client().head(link_of(payload))["Content-Length"] == str(len(DATA))


def test_a_store_that_only_we_reach_is_read_through_us(
    result: AddOnResult, bucket: Any, settings: Any
) -> None:
    payload = make_payload(result, DATA)
    use(settings, f"s3://patchbay/kept?endpoint_url={bucket.meta.client.meta.endpoint_url}&presign=false")
    answer: Any = Client().get(link_of(payload))
    assert (answer.status_code, answer.getvalue()) == (200, DATA)


def test_an_object_that_is_gone_is_not_found(result: AddOnResult, bucket: Any) -> None:
    payload = make_payload(result, DATA)
    bucket.objects.delete()
    answer = Client().get(link_of(payload), headers={"authorization": "Basic !"})
    assert answer.status_code == 404
