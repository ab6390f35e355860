"""Rules that the database itself holds: triggers for PostgreSQL and SQLite, made in a migration."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from django.db import migrations

# What tells one value from another, NULL being one.
_DIFFERS: Final = {"postgresql": "IS DISTINCT FROM", "sqlite": "IS NOT"}


def columns_stay(
    name: str, *, table: str, columns: Sequence[str], unless: str = "", message: str
) -> migrations.RunPython:
    """A migration step: an UPDATE that changes one of these columns is refused with this message.

    `unless`: a condition on the row as it is (`OLD.status = 'draft'`) under which it may still change.
    """

    def make(apps: Any, schema_editor: Any) -> None:
        vendor = schema_editor.connection.vendor
        changes = " OR ".join(f'NEW."{each}" {_DIFFERS[vendor]} OLD."{each}"' for each in columns)
        when = f"({changes})" + (f" AND NOT ({unless})" if unless else "")
        for statement in _STATEMENTS[vendor](name, table, when, message):
            schema_editor.execute(statement, params=None)

    def drop(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f'DROP TRIGGER "{name}" ON "{table}"', params=None)
            schema_editor.execute(f'DROP FUNCTION "{name}"()', params=None)
        else:
            schema_editor.execute(f'DROP TRIGGER "{name}"', params=None)

    return migrations.RunPython(make, drop)


def _postgresql(name: str, table: str, when: str, message: str) -> list[str]:
    return [
        f"""
        CREATE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation'; END $$
        """,
        f"""
        CREATE TRIGGER "{name}" BEFORE UPDATE ON "{table}" FOR EACH ROW WHEN ({when})
        EXECUTE FUNCTION "{name}"()
        """,
    ]


def _sqlite(name: str, table: str, when: str, message: str) -> list[str]:
    return [
        f"""
        CREATE TRIGGER "{name}" BEFORE UPDATE ON "{table}" FOR EACH ROW WHEN {when}
        BEGIN SELECT RAISE(ABORT, '{message}'); END
        """
    ]


_STATEMENTS: Final[dict[str, Callable[[str, str, str, str], list[str]]]] = {
    "postgresql": _postgresql,
    "sqlite": _sqlite,
}
