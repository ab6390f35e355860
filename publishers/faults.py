"""A document that came as a request parameter and cannot be used."""

from collections.abc import Sequence
from typing import Final

from rest.errors import Refused
from schema_forms.schemas import Fault

MAX_TOLD: Final = 100


class BadParameter(Refused):
    """400: the first fault in the message, all of them by their place in `params`."""

    def __init__(self, parameter: str, faults: Sequence[Fault]) -> None:
        by_path: dict[str, list[str]] = {}
        for fault in faults[:MAX_TOLD]:
            by_path.setdefault(fault.path, []).append(fault.message)
        place = f"{faults[0].path} " if faults[0].path else ""
        super().__init__(f"Invalid {parameter}: {place}{faults[0].message}", params=by_path)
