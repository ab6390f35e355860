"""JSON documents in the database, as they were written."""

import json
from typing import Any

import orjson
from django.db import models


class DocumentField(models.TextField[Any, Any]):
    """A JSON document kept as text.

    PostgreSQL's jsonb would sort the keys, which are the order of a generated form, and refuse NUL
    characters. No query looks into such a document.
    """

    # What the type stubs of Django ask a field for: any JSON goes in and comes out.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, *_: Any) -> Any:
        return None if value is None else json.loads(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else _text_of(value)

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.get_prep_value(self.value_from_object(obj)))

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value


def _text_of(document: Any) -> str:
    """orjson is ten times as quick, but knows neither numbers above 64 bits nor halves of characters."""
    try:
        return orjson.dumps(document).decode()
    except TypeError:
        return json.dumps(document)  # in ASCII: half of a character is no text for a database
