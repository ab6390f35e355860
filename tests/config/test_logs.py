"""What never reaches a log."""

import logging

import pytest

from config.logs import MaskNumbers


@pytest.mark.parametrize(
    ("written", "logged"),
    [
        (
            "Internal Server Error: /v1/PhoneNumbers/+14155552671",
            "Internal Server Error: /v1/PhoneNumbers/…71",
        ),
        ("0301234567 called", "…67 called"),
        ("XR01a1fe1322dc76c0bab37da6b845d10b ok 12 ms", "XR01a1fe1322dc76c0bab37da6b845d10b ok 12 ms"),
        ("XR01234567890123456789012345678901", "XR01234567890123456789012345678901"),
    ],
)
def test_numbers_are_masked_and_sids_are_not(written: str, logged: str) -> None:
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, "%s", (written,), None)
    assert MaskNumbers().filter(record)
    assert record.getMessage() == logged
