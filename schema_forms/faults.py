"""What is wrong, and where: the one shape in which every check of this package reports."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing to mend. `path` is a JSON pointer such as "/language"; "" is the whole document."""

    path: str
    message: str
    keyword: str = ""


class UnusableSchema(ValueError):
    """A schema we refuse to run, with every reason found."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{fault.path or 'schema'}: {fault.message}" for fault in self.faults))


def pointer(steps: Iterable[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a list of steps."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def steps(path: str) -> list[str]:
    """The steps of a JSON pointer."""
    return [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
