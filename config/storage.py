"""Where files lie: what STORAGE_URL says, as Django wants to hear it."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# What may stand behind the question mark of an s3:// URL, and what the storage calls it.
S3_OPTIONS: Final = {"endpoint_url": "endpoint_url", "region": "region_name", "presign": "presign"}
FLAGS: Final = {"true": True, "false": False}


def storage_of(url: str, *, folder: Path) -> dict[str, Any]:
    """The entry of STORAGES. Raises ImproperlyConfigured for what is no storage of ours."""
    parts = urlsplit(url)
    match parts.scheme:
        case "" if not url:
            return _local(folder)
        case "file" if parts.netloc in {"", "localhost"} and parts.path.startswith("/") and not parts.query:
            return _local(Path(unquote(parts.path)))
        case "s3":
            return _bucket(url)
    raise ImproperlyConfigured(
        f"STORAGE_URL={_shown(url)!r}: write file:///folder or s3://bucket/prefix?endpoint_url=…&region=…"
    )


def _local(folder: Path) -> dict[str, Any]:
    return {"BACKEND": "rest.files.DurableFiles", "OPTIONS": {"location": str(folder)}}


def _bucket(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise ImproperlyConfigured(
            "STORAGE_URL holds credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead"
        )
    if not parts.netloc:
        raise ImproperlyConfigured(f"STORAGE_URL={url!r} names no bucket: write s3://bucket")
    options: dict[str, Any] = {"bucket_name": parts.netloc, "location": parts.path.strip("/")}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in S3_OPTIONS or not value:
            raise ImproperlyConfigured(f"STORAGE_URL: {name}={value!r} is not one of {', '.join(S3_OPTIONS)}")
        options[S3_OPTIONS[name]] = value
    options["presign"] = _flag(options.get("presign", "true"))
    if find_spec("storages") is None or find_spec("boto3") is None:
        raise ImproperlyConfigured(
            "STORAGE_URL names an S3 bucket: install the extra s3 (django-storages[s3])"
        )
    return {"BACKEND": "rest.buckets.PrivateBucket", "OPTIONS": options}


def _flag(text: str) -> bool:
    if text not in FLAGS:
        raise ImproperlyConfigured(f"STORAGE_URL: presign={text!r}: write true or false")
    return FLAGS[text]


def _shown(url: str) -> str:
    """Without what may be a password."""
    return url.rpartition("@")[2]
