"""Ports for servers that a test starts itself."""

import random

from config.supervisor import port_is_free


def free_ports(count: int) -> int:
    """The first of `count` free ports in a row, below the range the system hands out by itself."""
    chosen = random.Random()
    while True:
        first = chosen.randrange(12_000, 30_000)
        if all(port_is_free(first + offset) for offset in range(count)):
            return first
