"""What never reaches a log: people's numbers."""

import logging
import re
from typing import Final

# A number standing alone: the digits of a SID have letters beside them.
_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])\+?[0-9]{5,13}([0-9]{2})(?![0-9A-Za-z])")


class MaskNumbers(logging.Filter):
    """Leaves the last two digits of a phone number, as in a path that Django reports."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _NUMBER.sub(r"…\1", record.getMessage()), ()
        return True
