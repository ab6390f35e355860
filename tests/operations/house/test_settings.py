"""The page of settings: every one with its source, and never a secret."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as current
from django.test import Client

from config.environment import MASK, Environment, Read, Source, masked
from tests.pages import is_sent_to_sign_in, text

PAGE = "/operate/settings/"


def read(tmp_path: Path, **values: str) -> Environment:
    return Environment(values, secrets_file=tmp_path / "secrets.json")


def test_each_setting_that_is_read_is_there_with_its_meaning(operator: Client) -> None:
    rows = {row.name: row for row in operator.get(PAGE).context["rows"]}
    assert rows.keys() == current.SETTINGS_READ.keys()
    assert {"VAR_DIR", "DATABASE_URL", "RESULT_RETENTION_DAYS", "LOG_LEVEL"} <= rows.keys()
    assert [name for name, row in rows.items() if not row.meaning] == []
    assert rows["RESULT_RETENTION_DAYS"].shown == "30"


def test_no_secret_is_in_the_page(operator: Client) -> None:
    source = operator.get(PAGE).content.decode()
    for name in ("SECRET_KEY", "FIELD_KEYS", "CREDENTIAL_PEPPER"):
        assert getattr(current, name) not in source
        assert name in source
    assert "Set, not shown" in text(operator.get(PAGE))


def test_a_secret_tells_only_where_it_is_from(tmp_path: Path) -> None:
    env = read(tmp_path, SECRET_KEY="of-the-environment")
    env.secret("SECRET_KEY")
    env.secret("FIELD_KEYS")
    assert env.read["SECRET_KEY"] == Read("SECRET_KEY", MASK, Source.ENVIRONMENT, is_secret=True)
    assert env.read["FIELD_KEYS"] == Read("FIELD_KEYS", MASK, Source.FILE, is_secret=True)


def test_the_source_of_a_value_is_told(tmp_path: Path) -> None:
    env = read(tmp_path, GIVEN="a", ON="yes", NUMBER="7", BLANK=" ")
    assert (env.text("GIVEN"), env.flag("ON"), env.number("NUMBER", 1)) == ("a", True, 7)
    assert (env.text("BLANK", "b"), env.flag("OFF"), env.number("OTHER", 5)) == ("b", False, 5)
    found = {name: (each.shown, str(each.source)) for name, each in env.read.items()}
    assert found == {
        "GIVEN": ("a", "environment"),
        "ON": ("true", "environment"),
        "NUMBER": ("7", "environment"),
        "BLANK": ("b", "default"),
        "OFF": ("false", "default"),
        "OTHER": ("5", "default"),
    }


def test_the_login_in_an_address_is_not_kept_with_its_setting(tmp_path: Path) -> None:
    env = read(tmp_path, BROKER_URL="amqp://ana:hunter2@broker.example")
    assert env.text("BROKER_URL") == "amqp://ana:hunter2@broker.example"
    assert "hunter2" not in repr(env.read)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("postgres://ana:pass@db.example/x", f"postgres://{MASK}@db.example/x"),
        ("redis://:p/a?s#s@host:6379/0", f"redis://{MASK}@host:6379/0"),
        ("amqp://a:b@one;amqp://c:d@two", f"amqp://{MASK}@two"),
        (
            "postgres://db/x?user=ana&password=p&sslmode=on",
            f"postgres://db/x?user=ana&password={MASK}&sslmode=on",
        ),
        ("s3://b/p?secret_key=k&region=eu", f"s3://b/p?secret_key={MASK}&region=eu"),
        ("https://patchbay.example", "https://patchbay.example"),
        ("Patchbay <noreply@localhost>", "Patchbay <noreply@localhost>"),
    ],
    ids=["login", "odd password", "two", "query", "store", "plain", "mail"],
)
def test_what_opens_something_is_masked(value: str, shown: str) -> None:
    assert masked(value) == shown


def test_the_list_can_be_narrowed(operator: Client, settings: Any) -> None:
    settings.SETTINGS_READ = {
        "PORT": Read("PORT", "9000", Source.ENVIRONMENT),
        "DEMO": Read("DEMO", "false", Source.DEFAULT),
    }
    assert [row.name for row in operator.get(PAGE, {"source": "environment"}).context["rows"]] == ["PORT"]
    assert [row.name for row in operator.get(PAGE, {"q": "dEm"}).context["rows"]] == ["DEMO"]
    assert [row.name for row in operator.get(PAGE, {"source": "odd"}).context["rows"]] == ["DEMO", "PORT"]
    assert "No setting fits" in text(operator.get(PAGE, {"q": "<script>\0"}))


def test_the_deployment_check_is_part_of_the_page(operator: Client, settings: Any) -> None:
    settings.DEMO = True
    page = text(operator.get(PAGE))
    assert "Not yet" in page
    assert "DEMO is on: everybody can sign in" in page


def test_an_installation_without_the_docs_shows_no_meanings(
    operator: Client, settings: Any, tmp_path: Path
) -> None:
    settings.BASE_DIR = tmp_path
    assert {row.meaning for row in operator.get(PAGE).context["rows"]} == {""}


def test_only_operators_see_it(console: Client, operator: Client) -> None:
    assert console.get(PAGE).status_code == 403
    assert is_sent_to_sign_in(PAGE)
    assert operator.post(PAGE).status_code == 405
