"""Files: taken in piece by piece, stored so that nothing half-written is ever seen, read in parts.

What comes in goes to a `Spool` first, on the storage's own disk, so that storing it is a rename. Whoever
dies on the way leaves a `.part` in the folder `incoming`, which `drop_leftovers` removes.
"""

import errno
import hashlib
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Protocol, Self

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage, default_storage

from rest.errors import Refused
from rest.leases import database_time

log = logging.getLogger(__name__)

INCOMING: Final = "incoming"
PART: Final = ".part"
# Nobody sends one body for so long.
LEFTOVER_AGE: Final = timedelta(days=1)
PIECE: Final = 256 * 1024
MIB: Final = 1024 * 1024
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}


class TooLarge(Refused):
    """413: more came than is taken."""

    http_status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = 20413

    def __init__(self) -> None:
        super().__init__("Request Entity Too Large")


class StorageDown(Refused):
    """503: nothing was stored; it may be sent again."""

    http_status = HTTPStatus.SERVICE_UNAVAILABLE
    code = 20503

    def __init__(self, message: str = "Service unavailable: files cannot be stored now") -> None:
        super().__init__(message)


class NoRoom(StorageDown):
    """503: the disk is full, or nearly so."""

    def __init__(self) -> None:
        super().__init__("Service unavailable: there is no room for files")


class Readable(Protocol):
    """What a stored file, or a part of it, is read from."""

    def read(self, size: int = -1, /) -> bytes: ...

    def close(self) -> object: ...


class SpooledFile(File[bytes]):
    """What a spool took in, for a FileField; its storage may take the file itself instead of a copy."""

    def __init__(self, spool: "Spool") -> None:
        super().__init__(spool.file)
        self.path = spool.path

    def close(self) -> None:
        """The spool closes it."""


class Spool:
    """Takes a body in, piece by piece: counted, hashed, in a file that is gone at the end.

    Raises TooLarge for the byte above `limit`; NoRoom when the disk is full, or would be by what was
    announced (`expected`).
    """

    def __init__(self, *, limit: int, expected: int = 0) -> None:
        self._limit, self._expected = limit, expected
        self._hash = hashlib.sha256()
        self.size = 0

    def __enter__(self) -> Self:
        folder = incoming_folder()
        with as_refusals():
            make_folder(folder)
        require_room(folder, min(self._expected, self._limit))
        with as_refusals():
            handle, path = tempfile.mkstemp(suffix=PART, dir=folder)
        self.path = Path(path)
        self._file: BinaryIO = os.fdopen(handle, "w+b")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # what could not be written is not wanted any more
            self._file.close()
        self.path.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        if self.size + len(data) > self._limit:
            raise TooLarge
        with as_refusals():
            self._file.write(data)
        self._hash.update(data)
        self.size += len(data)

    @property
    def sha256(self) -> str:
        """Of what was taken in so far, in hex."""
        return self._hash.hexdigest()

    @property
    def file(self) -> BinaryIO:
        """What was taken in, to be read from its start."""
        with as_refusals():
            self._file.flush()
            self._file.seek(0)
        return self._file

    def content(self) -> SpooledFile:
        """To be stored: `payload.data.save("", spool.content(), save=False)`."""
        return SpooledFile(self)


class DurableFiles(FileSystemStorage):
    """A local folder. A name is there only when all its bytes are on the disk."""

    @property
    def incoming(self) -> Path:
        """On the same disk, so that a rename stores what lies there."""
        return Path(self.location) / INCOMING

    def _save(self, name: str, content: File[bytes]) -> str:
        path = Path(self.path(name))
        with as_refusals():
            make_folder(path.parent)
            make_folder(self.incoming)
            if isinstance(content, SpooledFile) and content.path.parent == self.incoming:
                _move(content.path, path)
            else:
                self._copy(content, path)
        return name

    def _copy(self, content: File[bytes], path: Path) -> None:
        handle, part = tempfile.mkstemp(suffix=PART, dir=self.incoming)
        try:
            with os.fdopen(handle, "wb") as file:
                for piece in content.chunks(PIECE):
                    file.write(piece)
            _move(Path(part), path)
        finally:
            Path(part).unlink(missing_ok=True)


def _move(part: Path, path: Path) -> None:
    """The bytes reach the disk before the name does, and the name before anybody is told."""
    sync(part)
    part.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """What this file or folder holds survives a power cut from here on."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """The folder and those above it, each known to the one above."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync(folder.parent)


def incoming_folder() -> Path:
    """Where spools lie: on the storage's own disk when it has one."""
    folder: Path = getattr(default_storage, INCOMING, settings.VAR_DIR / INCOMING)
    return folder


def require_room(folder: Path, size: int = 0) -> None:
    """Raises NoRoom when so many bytes would leave the disk with less than its reserve."""
    with as_refusals():
        free = shutil.disk_usage(folder).free
    if free - size < settings.DISK_RESERVE_MB * MIB:
        log.error("%s has only %s bytes left: no file is taken in", folder, free)
        raise NoRoom


@contextmanager
def as_refusals() -> Iterator[None]:
    """What a disk says while something is stored, as a refusal."""
    try:
        yield
    except OSError as error:
        log.exception("a file could not be stored")
        raise (NoRoom if error.errno in _FULL else StorageDown) from error


def open_from(storage: Storage, name: str, *, start: int = 0) -> Readable:
    """A stored file from one of its bytes on. FileNotFoundError: there is none."""
    file = storage.open(name)
    file.seek(start)
    return file


def each_name(folder: str, storage: Storage = default_storage) -> Iterator[str]:
    """The name of every file stored under a folder."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in sorted(files))
    for inner in sorted(folders):
        yield from each_name(f"{folder}/{inner}", storage)


def drop_leftovers() -> int:
    """Remove what was being taken in by those who died at it. Returns how many files those were."""
    # A clock of ours that is ahead makes no file old.
    at = min(time.time(), database_time().timestamp())
    dropped, limit = 0, at - LEFTOVER_AGE.total_seconds()
    for part in incoming_folder().glob(f"*{PART}"):
        with suppress(FileNotFoundError):  # somebody else was quicker, or its owner is done with it
            if part.stat().st_mtime < limit:
                part.unlink()
                dropped += 1
    return dropped
