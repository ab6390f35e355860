"""What becomes of a worker when Redis goes away, without a Redis; the faults trials have one."""

from typing import Any

import pytest
from kombu import Connection
from redis.exceptions import ConnectionError as ConnectionLost

from config.celery import app
from config.redis_broker import Channel, QoS, Transport


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


class Away:
    """A channel whose Redis does not answer."""

    unacked_index_key, unacked_key, do_restore = "unacked_index", "unacked", False

    def conn_or_acquire(self, client: Any = None) -> Any:
        raise ConnectionLost("Connection refused.")


def test_what_cannot_be_acknowledged_takes_no_place_for_ever() -> None:
    taken: Any = QoS(Away(), prefetch_count=1)
    taken._quick_append("tag", object())
    assert not taken.can_consume()
    with pytest.raises(ConnectionLost):
        taken.ack("tag")
    assert taken.can_consume()


def test_a_channel_of_ours_counts_so() -> None:
    assert Channel.QoS is QoS
