import json
import logging

import pytest

from publishers.contract.secret import MASK, Secret, masked, revealed


def test_a_secret_prints_as_dots(caplog):
    secret = Secret("hunter2")
    logging.getLogger("test").warning("%s %r", secret, {"a": [secret]})
    assert f"{secret} {secret!r}" + caplog.text == f"{MASK} {MASK}" + caplog.text
    assert "hunter2" not in caplog.text


def test_a_secret_cannot_slip_into_json():
    with pytest.raises(TypeError):
        json.dumps({"key": Secret("hunter2")})


def test_only_the_wire_reveals_it():
    assert [revealed(Secret("hunter2")), revealed("open")] == ["hunter2", "open"]
    assert [masked(Secret("hunter2")), masked("open")] == [MASK, "open"]
