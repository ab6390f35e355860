"""A server of the other side: on loopback, in the test's own loop; it can go away and come back."""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from tests.ports import free_ports

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MOST_BYTES: Final = 64 * 1024 * 1024


class Outside:
    """What a publisher, a developer and a platform have in common. `host`: one of the loopback network."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host, self.port = host, free_ports(1)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def routes(self) -> dict[str, Handler]:
        """Path to what answers there, by any method."""
        raise NotImplementedError

    async def start(self) -> None:
        application = web.Application(client_max_size=MOST_BYTES)
        for path, handler in self.routes().items():
            application.router.add_route("*", path, handler)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
            self._runner = None


def dropped(request: web.Request) -> web.Response:
    """No answer: the connection ends."""
    if request.transport:  # else whoever asked is gone already
        request.transport.abort()
    return web.Response()
