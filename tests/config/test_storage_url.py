"""Where files lie, as STORAGE_URL says it."""

from importlib import util
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import storage
from config.storage import storage_of

HERE = Path("/srv/media")


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("", "/srv/media"),
        ("file:///data/patchbay", "/data/patchbay"),
        ("file:///with%20space", "/with space"),
    ],
)
def test_a_folder(url: str, location: str) -> None:
    expected = {"BACKEND": "rest.files.DurableFiles", "OPTIONS": {"location": location}}
    assert storage_of(url, folder=HERE) == expected


def test_a_bucket() -> None:
    url = "s3://bucket/some/prefix/?endpoint_url=http%3A%2F%2Fminio%3A9000&region=eu-central-1&presign=false"
    assert storage_of(url, folder=HERE) == {
        "BACKEND": "rest.buckets.PrivateBucket",
        "OPTIONS": {
            "bucket_name": "bucket",
            "location": "some/prefix",
            "endpoint_url": "http://minio:9000",
            "region_name": "eu-central-1",
            "presign": False,
        },
    }
    assert storage_of("s3://bucket", folder=HERE)["OPTIONS"] == {
        "bucket_name": "bucket",
        "location": "",
        "presign": True,
    }


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("gs://bucket", "write file:///folder or s3://bucket"),
        ("/data/patchbay", "write file:///folder or s3://bucket"),
        ("file://host/data", "write file:///folder or s3://bucket"),
        ("s3://", "names no bucket"),
        ("s3:///prefix", "names no bucket"),
        ("s3://key:secret@bucket", "set AWS_ACCESS_KEY_ID"),
        ("s3://bucket?endpoint=http://minio", "endpoint='http://minio' is not one of"),
        ("s3://bucket?region=", "region='' is not one of"),
        ("s3://bucket?presign=perhaps", "write true or false"),
    ],
)
def test_what_is_no_storage_of_ours_is_told_at_the_start(url: str, message: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=message) as refused:
        storage_of(url, folder=HERE)
    assert "secret" not in str(refused.value)


def test_a_bucket_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    found = util.find_spec
    monkeypatch.setattr(storage, "find_spec", lambda name: None if name == "storages" else found(name))
    with pytest.raises(ImproperlyConfigured, match="install the extra s3"):
        storage_of("s3://bucket", folder=HERE)
