"""Many rows into some tables at once: all of them, or none."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import orjson
from django.db import connection, models, transaction

from rest.databases import INLINE, Database, completed, is_postgresql
from rest.documents import DocumentField

Row = Mapping[str, Any]
"""Values by column, in the words of the model; what is left out has the model's default."""

Model = type[models.Model]
Tables = Mapping[Model, Sequence[Row]]


def insert(tables: Tables) -> None:
    """Insert the rows of each table. Raises DatabaseError, and then none is there.

    Neither `save` nor signals run. What the caller wrote before stays, also when a row is refused.
    """
    completed(insert_on(INLINE, tables))


async def insert_on(database: Database, tables: Tables) -> None:
    """The same on another database than Django's.

    PostgreSQL takes all of them in one statement, which is a transaction and a round trip; a COPY for each
    table, between a BEGIN and a COMMIT, has nine.
    """
    filled = {model: rows for model, rows in tables.items() if rows}
    if not filled:
        return
    if not is_postgresql():
        await database.apart(partial(_insert_in_turn, filled))
    else:
        texts = [orjson.dumps([*_documents(model, rows)]).decode() for model, rows in filled.items()]
        await database.execute(_statement(tuple(filled)), texts)


def _insert_in_turn(tables: Tables) -> None:
    with transaction.atomic():
        for model, rows in tables.items():
            model._default_manager.bulk_create(model(**row) for row in rows)  # noqa: SLF001 - Django's public manager


@lru_cache
def _statement(tables: tuple[Model, ...]) -> str:
    """An INSERT for each of the tables, in one statement whose parameters are their rows as JSON."""
    *others, last = map(_insert_into, tables)
    if not others:
        return last
    return f"WITH {', '.join(f'_{place} AS ({each})' for place, each in enumerate(others))} {last}"


def _insert_into(model: Model) -> str:
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)  # noqa: SLF001 - Django's public _meta
    columns = ", ".join(quote(field.attname) for field in _fields(model))
    rows = f"json_populate_recordset(NULL::{table}, %s)"
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {rows}"  # noqa: S608 - our own models' names


def _documents(model: Model, rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """The rows as JSON takes them."""
    constants, made, texts = _constants(model), _made(model), _texts(model)
    for row in rows:
        document = {**constants, **row}
        for name, make in made.items():
            if name not in row:
                document[name] = make()
        for name, text in texts.items():
            document[name] = text(document[name])
        yield document


@lru_cache
def _constants(model: Model) -> Row:
    """The defaults that are the same for every row."""
    return {field.attname: field.get_default() for field in _fields(model) if not _makes_default(field)}


@lru_cache
def _made(model: Model) -> dict[str, Callable[[], Any]]:
    """The defaults that each row has anew, such as its SID."""
    return {field.attname: field.get_default for field in _fields(model) if _makes_default(field)}


def _makes_default(field: "models.Field[Any, Any]") -> bool:
    return field.has_default() and callable(field.default)


@lru_cache
def _texts(model: Model) -> dict[str, Callable[[Any], Any]]:
    """What makes a text of the values that JSON has no kind for, by column."""
    return {
        field.attname: field.get_prep_value if isinstance(field, DocumentField) else _hex
        for field in _fields(model)
        if isinstance(field, DocumentField | models.BinaryField)
    }


def _fields(model: Model) -> list["models.Field[Any, Any]"]:
    """The fields whose value is not for the database to give."""
    fields = model._meta.concrete_fields  # noqa: SLF001 - Django's public _meta
    return [field for field in fields if not isinstance(field, models.AutoField)]


def _hex(value: bytes) -> str:
    """As PostgreSQL reads bytes in a text."""
    return f"\\x{value.hex()}"
