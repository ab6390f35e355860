"""What becomes of a worker when Redis goes away, without a Redis; the faults trials have one."""

import pytest
from kombu import Connection
from redis.exceptions import ConnectionError as ConnectionLost

from config.celery import app
from config.redis_broker import Channel, Transport


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_redis_stands_for_ours(scheme: str) -> None:
    assert app.conf.broker_url
    assert isinstance(Connection(f"{scheme}://127.0.0.1:1/0").transport, Transport)


def test_a_closed_connection_is_a_lost_one_which_kombu_expects() -> None:
    channel = Channel.__new__(Channel)
    channel.connection = None  # type: ignore[assignment]  # as kombu leaves it after a close
    with pytest.raises(ConnectionLost):
        channel._connparams()
    assert issubclass(ConnectionLost, Transport.connection_errors)
