"""Reading the environment."""

import json
import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import Environment


def environment(folder: Path, **values: str) -> Environment:
    return Environment(values, secrets_file=folder / "deep" / "secrets.json")


def test_blank_is_the_default(tmp_path: Path) -> None:
    assert environment(tmp_path, NAME="  ").text("NAME", "default") == "default"


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("1", True), ("ON", True), ("no", False), ("", False)]
)
def test_a_flag_is_read_in_the_usual_spellings(tmp_path: Path, text: str, value: bool) -> None:
    assert environment(tmp_path, FLAG=text).flag("FLAG") is value


def test_an_unreadable_value_names_its_variable(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="FLAG='maybe': write true or false"):
        environment(tmp_path, FLAG="maybe").flag("FLAG")
    with pytest.raises(ImproperlyConfigured, match="PORT='web': write a whole number"):
        environment(tmp_path, PORT="web").number("PORT", 1)


@pytest.mark.parametrize("text", ["0", "-1", "70000"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"PORT={text}: write a port from 1 to 64999"):
        environment(tmp_path, PORT=text).port("PORT", 1)


def test_words_are_split_at_commas(tmp_path: Path) -> None:
    assert environment(tmp_path, HOSTS=" a, ,b ").words("HOSTS") == ["a", "b"]


def test_secrets_that_nobody_gave_are_made_once_and_kept_private(tmp_path: Path) -> None:
    made = environment(tmp_path).secret("SECRET_KEY")
    file = tmp_path / "deep" / "secrets.json"
    assert environment(tmp_path).secret("SECRET_KEY") == made == json.loads(file.read_text())["SECRET_KEY"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_given_secret_is_used_and_nothing_is_written(tmp_path: Path) -> None:
    assert environment(tmp_path, SECRET_KEY="given").secret("SECRET_KEY") == "given"
    assert not (tmp_path / "deep").exists()


@pytest.mark.parametrize(("text", "told"), [("", "cannot be read"), ("{}", "holds no SECRET_KEY")])
def test_a_broken_secrets_file_is_named_and_kept(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "deep" / "secrets.json"
    file.parent.mkdir()
    file.write_text(text)
    with pytest.raises(ImproperlyConfigured, match=f"secrets.json {told}"):
        environment(tmp_path).secret("SECRET_KEY")
    assert file.read_text() == text
