"""Files in an S3-compatible store: private objects, read in parts, presigned addresses. Needs the extra `s3`.

Credentials are found as everywhere with AWS: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, a role.
"""

import io
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

from boto3.s3.transfer import TransferConfig
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from rest.files import MIB, StorageDown

log = logging.getLogger(__name__)

# One piece in memory at a time: the library would hold ten.
TRANSFER: Final = TransferConfig(use_threads=False, multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB)
MISSING: Final = {"404", "NoSuchKey"}


class PrivateBucket(S3Storage):  # type: ignore[misc]  # the package says no types
    """Objects that only we can read, and for a while whoever got an address from `presigned`."""

    presign: bool
    _resource: Any = None
    _lock = threading.Lock()

    def get_default_settings(self) -> dict[str, Any]:
        return {**super().get_default_settings(), "presign": True, "transfer_config": TRANSFER}

    def __init__(self, **options: Any) -> None:
        # Only one's own endpoint may be without a host name for each bucket.
        style = "path" if options.get("endpoint_url") else "auto"
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": style},
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "max_attempts": 3},
            # Stores other than Amazon's refuse the newer checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(**{"client_config": config, **options})

    @property
    def connection(self) -> Any:
        """One for all threads: under ASGI each request has a thread of its own, and to make one takes 50 ms.

        The client below it may be shared; of the objects on top each caller makes his own.
        """
        with self._lock:
            if self._resource is None:
                self._resource = self._create_session().resource(
                    "s3",
                    region_name=self.region_name,
                    endpoint_url=self.endpoint_url,
                    config=self.client_config,
                )
            return self._resource

    def presigned(self, name: str, *, content_type: str, disposition: str, lasts: timedelta) -> str:
        """An address that needs no credentials and takes none: S3 refuses a request with two kinds."""
        parameters = {
            "ResponseContentType": content_type,
            "ResponseContentDisposition": disposition,
            "ResponseCacheControl": "private, no-store",
        }
        with _as_refusals():
            return str(self.url(name, parameters=parameters, expire=int(lasts.total_seconds())))

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        """Read as it comes; the library would fetch the whole of it first."""
        if mode != "rb":
            raise ValueError("files are stored whole, by save()")
        key = self._normalize_name(name)
        with _as_refusals():
            return File(
                io.BufferedReader(ObjectReader(self.connection.meta.client, self.bucket_name, key)), name
            )

    def _save(self, name: str, content: File[bytes]) -> str:
        with _as_refusals():
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        with _as_refusals():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with _as_refusals():
            return bool(super().exists(name))


class ObjectReader(io.RawIOBase):
    """An object as a file: one request from where the reading begins, another one after a jump."""

    def __init__(self, client: Any, bucket: str, key: str) -> None:
        self._client, self._where = client, {"Bucket": bucket, "Key": key}
        self._size: int = client.head_object(**self._where)["ContentLength"]
        self._position = 0
        self._body: Any = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if origin + offset != self._position:
            self._drop()
            self._position = origin + offset
        return self._position

    def readinto(self, target: Any) -> int:
        if self._position >= self._size:
            return 0
        with _as_refusals():
            if self._body is None:
                found = self._client.get_object(**self._where, Range=f"bytes={self._position}-")
                self._body = found["Body"]
            data = self._body.read(len(target))
        target[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        self._drop()
        super().close()

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None


@contextmanager
def _as_refusals() -> Iterator[None]:
    """What the store says, in our words: FileNotFoundError, or StorageDown for everything else."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            raise FileNotFoundError("there is no such object") from error
        log.exception("the store refused")
        raise StorageDown from error
    except BotoCoreError as error:
        log.exception("the store cannot be used")
        raise StorageDown from error
