"""Floor 2: nginx with Lua asks both publishers and joins their answers. One worker, kept connections."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from benchmarks.servers import Server, served
from tests.ports import free_ports

TEMPLATE = Path(__file__).parent / "nginx.conf"
MODULES = ["ndk_http_module.so", "ngx_http_lua_module.so"]
MISSING = "not installed (Debian: apt install nginx libnginx-mod-http-lua)"


def modules() -> list[Path] | None:
    """The modules to load; None when nginx or its Lua module is not installed."""
    program = shutil.which("nginx")
    if program is None:
        return None
    built = subprocess.run([program, "-V"], capture_output=True, text=True, check=True).stderr  # noqa: S603
    folder = re.search(r"--modules-path=(\S+)", built)
    found = [Path(folder.group(1)) / name for name in MODULES] if folder else []
    return found if found and all(module.exists() for module in found) else None


@contextmanager
def nginx(publishers: Sequence[Server]) -> Iterator[Server]:
    """nginx in a folder of its own. The process is the master, so its processor time says nothing."""
    port = free_ports(1)
    first, second = (urlsplit(publisher.url).netloc for publisher in publishers)
    loaded = "\n".join(f"load_module {module};" for module in modules() or [])
    with tempfile.TemporaryDirectory(prefix="patchbay-nginx-") as folder:
        configuration = Path(folder) / "nginx.conf"
        words = {"modules": loaded, "first": first, "second": second, "port": port}
        configuration.write_text(Template(TEMPLATE.read_text()).safe_substitute(words))
        command = ["nginx", "-p", folder, "-e", "stderr", "-c", str(configuration)]
        with served(command, port=port, environment={}) as server:
            yield server
