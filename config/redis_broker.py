"""Redis as a broker: kombu's, but a connection that is lost does not end the worker.

What a worker took and has not acknowledged, kombu puts back when it closes a lost connection, or acknowledges
over it later. That fails by an AttributeError, which nobody expects; as a lost connection it is ignored, and
the sweeper tells of the rows again.
"""

from typing import Any

from kombu.transport import redis as kombu_redis
from redis.exceptions import ConnectionError as ConnectionLost


class Channel(kombu_redis.Channel):
    """Says of a connection that is closed that it is lost."""

    def _connparams(self, *args: Any, **options: Any) -> Any:
        if getattr(self.connection, "client", None) is None:
            raise ConnectionLost("The connection is closed.")
        return super()._connparams(*args, **options)  # type: ignore[misc]  # the stubs leave it out


class Transport(kombu_redis.Transport):
    """What `redis://` stands for."""

    Channel = Channel
