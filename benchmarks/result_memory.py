"""How much memory a recording of 100 MB and payloads of 100 MB take, above what the processes hold idle."""

import http.client
import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from benchmarks import result_rows
from benchmarks.load import basic
from benchmarks.result_rows import Shop
from benchmarks.servers import Server
from deliveries.models import Delivery
from invocations.dispatch import dispatch_result
from marketplace.models import InstalledAddOn
from rest.leases import hint
from results.models import AddOnResult
from results.result_models import ResultStatus
from tests.factories import make_audio

MIB: Final = 1024 * 1024
# 8,000 samples of 16 bits a second.
LONG_SECONDS: Final = 6_250.0
AIM_MB: Final = 40
PATIENCE_SECONDS: Final = 120
LOOK_SECONDS: Final = 0.02
BOUNDARY: Final = "BOUNDARY"


class Peaks:
    """The most that processes held since `forget`, and what the processes they started held."""

    def __init__(self, servers: Mapping[str, Server]) -> None:
        self._servers = servers
        self.idle = {name: server.memory_mb() for name, server in servers.items()}
        self.children = 0.0

    def forget(self) -> None:
        self.children = 0.0
        for server in self._servers.values():
            Path(f"/proc/{server.pid}/clear_refs").write_text("5")  # "reset the peak", proc(5)

    def look(self) -> None:
        """Children are gone before anybody can ask for their peak."""
        for server in self._servers.values():
            for child in server.children():
                with suppress(OSError, StopIteration):  # it ended
                    self.children = max(self.children, child.peak_mb())

    def above_idle(self) -> dict[str, float]:
        return {name: server.peak_mb() - self.idle[name] for name, server in self._servers.items()}


def measure(shop: Shop, servers: Mapping[str, Server]) -> None:
    """Print the table. What is kept in a folder in memory would count: the files are on a disk."""
    (host,) = shop.hosts(1)
    to_hand_over, form, large_json = (shop.install(host, kind) for kind in ("none", "form", "json"))
    for server in servers.values():
        server.settle()
    peaks = Peaks({name: servers[name] for name in ("web", "worker")})
    idle = ", ".join(f"{name} {size:.0f} MB" for name, size in peaks.idle.items())
    print(f"\nMemory above idle ({idle}), aim: less than {AIM_MB} MB\n")
    print("| | web | worker | a process that judges |\n|---|---|---|---|")
    _print(peaks, "a recording of 100 MB is uploaded and handed over", lambda: _upload(servers, to_hand_over))
    _print(peaks, "a payload of 100 MB in a form", lambda: _receive(form))
    _print(peaks, "a payload of 100 MB of JSON", lambda: _receive(large_json))


def _print(peaks: Peaks, name: str, work: Callable[[], Callable[[], bool]]) -> None:
    peaks.forget()
    is_done = work()
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_done():
        peaks.look()
        if time.monotonic() > end:
            print(f"| {name} | did not end | | |", flush=True)
            return
        time.sleep(LOOK_SECONDS)
    above = peaks.above_idle()
    print(f"| {name} | {above['web']:.1f} | {above['worker']:.1f} | {peaks.children:.0f} |", flush=True)


def _upload(servers: Mapping[str, Server], installed: InstalledAddOn) -> Callable[[], bool]:
    """Bring a recording as a user would; the add-on accepts it and never calls back."""
    account, parts = installed.account, urlsplit(servers["web"].url)
    source = 'Content-Disposition: form-data; name="RecordingSource"\r\n\r\nRecordVerb'
    audio = 'Content-Disposition: form-data; name="Recording"; filename="a.wav"\r\nContent-Type: audio/x-wav'
    head = f"--{BOUNDARY}\r\n{source}\r\n--{BOUNDARY}\r\n{audio}\r\n\r\n"
    body = b"".join((head.encode(), make_audio(LONG_SECONDS), f"\r\n--{BOUNDARY}--\r\n".encode()))
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=PATIENCE_SECONDS)
    headers = {
        "Authorization": basic(account.sid, account.auth_token),
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
    }
    connection.request("POST", f"/connect/{account.sid}/recordings", body, headers)
    with connection.getresponse() as answer:
        assert answer.status == 201, answer.read()  # noqa: S101, PLR2004 - what a benchmark rests on
    results = AddOnResult.objects.filter(account=account, status=ResultStatus.IN_PROGRESS)
    return results.exists


def _receive(installed: InstalledAddOn) -> Callable[[], bool]:
    """Owe the add-on a short recording; what it calls back with is large."""
    (sid,) = result_rows.owe([installed], 1)
    hint(dispatch_result, [sid])
    return Delivery.objects.filter(reference_sid=sid, status=Delivery.Status.DELIVERED).exists


def asked(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own server
        return json.loads(answer.read())
