"""What a page does, as a command for a terminal."""

import shlex
from collections.abc import Iterable

# A page never prints a secret: the shell has an API key in these two variables.
CREDENTIALS = "$API_KEY:$API_SECRET"


def curl(method: str, url: str, data: Iterable[tuple[str, str]] = ()) -> str:
    """A command that sends the parameters as the method asks: GET in the query, others in the body."""
    start = f"curl -G {shlex.quote(url)}" if method == "GET" else f"curl -X {method} {shlex.quote(url)}"
    given = [f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in data]
    return " \\\n  ".join([start, f'-u "{CREDENTIALS}"', *given])
