"""Redis as a broker: kombu's, but a connection that is lost neither ends the worker nor stops it.

What a worker took and has not acknowledged, kombu puts back when it closes a lost connection, or acknowledges
over it later. That fails by an AttributeError, which nobody expects; as a lost connection it is ignored, and
the sweeper tells of the rows again.

And what cannot be acknowledged counts as taken for ever: a worker that is full when Redis goes away never
asks for another task, and so never notices that it has no connection any more.
"""

from typing import Any

from kombu.transport import redis as kombu_redis
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError


class QoS(kombu_redis.QoS):
    """What a worker took and has not acknowledged."""

    def ack(self, delivery_tag: str) -> None:
        """Frees the place of a message, whether Redis hears of it or not."""
        try:
            super().ack(delivery_tag)
        except RedisError:
            self._quick_ack(delivery_tag)  # type: ignore[attr-defined]  # the stubs leave it out
            raise


class Channel(kombu_redis.Channel):
    """Says of a connection that is closed that it is lost."""

    QoS = QoS

    def _connparams(self, *args: Any, **options: Any) -> Any:
        if getattr(self.connection, "client", None) is None:
            raise ConnectionLost("The connection is closed.")
        return super()._connparams(*args, **options)  # type: ignore[misc]  # the stubs leave it out


class Transport(kombu_redis.Transport):
    """What `redis://` stands for."""

    Channel = Channel
