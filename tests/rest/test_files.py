"""Files come in piece by piece and are stored whole, or not at all."""

import hashlib
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, storages
from django.utils import timezone

from rest import files
from rest.files import DurableFiles, NoRoom, Spool, StorageDown, TooLarge

DATA = b"0123456789" * 100_000


@pytest.fixture
def storage(settings: Any, tmp_path: Path) -> DurableFiles:
    """The default storage: a folder that is not there yet."""
    options = {"location": str(tmp_path / "media")}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "rest.files.DurableFiles", "OPTIONS": options},
    }
    return storages["default"]  # type: ignore[return-value]


def parts(storage: DurableFiles) -> list[Path]:
    return sorted(storage.incoming.glob("*")) if storage.incoming.exists() else []


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """The kernel lets no file of this process grow above it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


# --- Taking in -------------------------------------------------------------------------------


def test_a_spool_counts_and_hashes_what_it_takes_in(storage: DurableFiles) -> None:
    with Spool(limit=len(DATA)) as spool:
        for start in range(0, len(DATA), 300_000):
            spool.write(DATA[start : start + 300_000])
        assert (spool.size, spool.sha256) == (len(DATA), hashlib.sha256(DATA).hexdigest())
        assert spool.file.read() == DATA
        assert spool.file.read(10) == DATA[:10]
        assert parts(storage) == [spool.path]
    assert parts(storage) == []


def take_in(*pieces: bytes, limit: int = len(DATA), is_full: bool = False) -> bytes:
    """What a spool took in, perhaps on a device that is always full."""
    with Spool(limit=limit) as spool:
        if is_full:
            spool._file.close()
            spool._file = Path("/dev/full").open("w+b")  # noqa: SIM115 - the spool closes it
        for piece in pieces:
            spool.write(piece)
        return spool.file.read()


def test_the_byte_above_the_limit_is_refused(storage: DurableFiles) -> None:
    assert take_in(b"0123456789", limit=10) == b"0123456789"
    with pytest.raises(TooLarge) as refused:
        take_in(b"0123456789", b"0", limit=10)
    assert (refused.value.http_status, refused.value.code) == (413, 20413)
    assert parts(storage) == []


@pytest.mark.parametrize("data", [DATA, b"small"], ids=["while writing", "what was still in a buffer"])
def test_a_full_disk_leaves_nothing_and_asks_to_come_again(storage: DurableFiles, data: bytes) -> None:
    with pytest.raises(NoRoom) as refused:
        take_in(data, is_full=True)
    assert (refused.value.http_status, refused.value.code) == (503, 20503)
    assert parts(storage) == []


def test_nothing_is_taken_in_when_the_disk_is_nearly_full(storage: DurableFiles, settings: Any) -> None:
    settings.DISK_RESERVE_MB = 1_000_000_000
    with pytest.raises(NoRoom), Spool(limit=10):
        pass
    settings.DISK_RESERVE_MB = 0
    with pytest.raises(NoRoom), Spool(limit=1 << 60, expected=1 << 59):
        pass
    with Spool(limit=10, expected=1 << 59) as spool:  # more than the limit never comes
        spool.write(b"taken")
    assert parts(storage) == []


def test_without_a_folder_of_its_own_a_storage_lets_us_spool_in_var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    with Spool(limit=10) as spool:
        assert spool.path.parent == tmp_path / "incoming"
        spool.write(b"taken")
        stored = InMemoryStorage()
        assert stored.open(stored.save("here", spool.content())).read() == b"taken"


# --- Storing ---------------------------------------------------------------------------------


def test_a_spool_is_stored_by_a_rename(storage: DurableFiles) -> None:
    with Spool(limit=len(DATA)) as spool:
        spool.write(DATA)
        inode = spool.path.stat().st_ino
        name = storage.save("payloads/ab/XH1", spool.content())
        assert parts(storage) == []
        assert spool.file.read() == DATA
    assert name == "payloads/ab/XH1"
    assert (Path(storage.path(name)).stat().st_ino, storage.size(name)) == (inode, len(DATA))


def test_what_is_stored_is_the_owners_alone(storage: DurableFiles) -> None:
    path = Path(storage.path(storage.save("payloads/ab/XH1", ContentFile(DATA))))
    assert [oct(each.stat().st_mode)[-3:] for each in (path, path.parent, path.parent.parent)] == [
        "600",
        "700",
        "700",
    ]


def test_the_bytes_reach_the_disk_before_their_name_and_the_name_before_we_go_on(
    storage: DurableFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, bool]] = []
    target = Path(storage.location) / "payloads" / "XH1"
    really = files.sync

    def noted(path: Path) -> None:
        really(path)
        synced.append((path.suffix or path.name, target.exists()))

    monkeypatch.setattr(files, "sync", noted)
    storage.save("payloads/XH1", ContentFile(DATA))
    assert synced[-2:] == [(".part", False), ("payloads", True)]
    # Each new folder is known to the one above it.
    assert [name for name, _ in synced[:-2]] == [Path(storage.location).parent.name, "media", "media"]


def test_half_of_a_file_is_never_seen(storage: DurableFiles) -> None:
    with file_size_limit(len(DATA) // 2), pytest.raises(StorageDown):
        storage.save("payloads/ab/XH1", ContentFile(DATA))
    assert not storage.exists("payloads/ab/XH1")
    assert parts(storage) == []


def test_two_files_of_one_name_are_two(storage: DurableFiles) -> None:
    names = [storage.save("payloads/ab/XH1", ContentFile(data)) for data in (b"one", b"two")]
    assert [Path(storage.path(name)).read_bytes() for name in names] == [b"one", b"two"]


def test_a_name_that_leads_out_of_the_folder_is_refused(storage: DurableFiles) -> None:
    with pytest.raises(Exception, match="Detected path traversal"):
        storage.save("../outside", ContentFile(b""))


# --- Reading and looking around --------------------------------------------------------------


def test_a_file_is_read_from_any_of_its_bytes_on(storage: DurableFiles) -> None:
    name = storage.save("payloads/ab/XH1", ContentFile(DATA))
    file = files.open_from(storage, name, start=7)
    assert file.read(5) == b"78901"
    file.close()
    with pytest.raises(FileNotFoundError):
        files.open_from(storage, "payloads/ab/XH2")


def test_every_stored_name_is_found(storage: DurableFiles) -> None:
    names = ["payloads/aa/XH1", "payloads/aa/XH2", "payloads/bb/XH3"]
    for name in [*names, "recordings/aa/RE1"]:
        storage.save(name, ContentFile(b""))
    with Spool(limit=1):
        assert list(files.each_name("payloads", storage)) == names
    assert list(files.each_name("nothing", storage)) == []


def test_what_the_dead_left_behind_is_removed_and_what_comes_in_now_is_not(
    db: None, storage: DurableFiles
) -> None:
    with Spool(limit=10) as spool:
        left = spool.path.with_name("left.part")
        left.write_bytes(b"half")
        long_ago = time.time() - files.LEFTOVER_AGE.total_seconds() - 1
        os.utime(left, (long_ago, long_ago))
        assert files.drop_leftovers() == 1
        assert parts(storage) == [spool.path]
        assert files.drop_leftovers() == 0


@pytest.mark.parametrize("clock", ["time", "database_time"])
def test_a_clock_that_is_ahead_makes_nothing_old(
    db: None, storage: DurableFiles, monkeypatch: pytest.MonkeyPatch, clock: str
) -> None:
    ahead = timezone.now() + timedelta(days=40)
    wrong = {"time": SimpleNamespace(time=ahead.timestamp), "database_time": lambda: ahead}
    with Spool(limit=10):
        monkeypatch.setattr(files, clock, wrong[clock])
        assert files.drop_leftovers() == 0
