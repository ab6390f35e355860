"""Secrets at rest: AES-256-GCM, bound to the place they are stored in.

The associated data names table, column, row and key, so a ciphertext copied to another row or column
does not open. Keys come from the setting FIELD_KEYS, never from SECRET_KEY: rotating the one must not
void the other. `manage.py rotate_keys` moves every row to the newest key.
"""

import base64
import binascii
import os
from functools import cached_property, lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

KEY_BYTES = 32
NONCE_BYTES = 12


class CannotOpen(Exception):
    """A sealed value does not belong here or its key is gone. The text names the place, never the value."""


@lru_cache(maxsize=4)
def _keys(text: str) -> dict[str, AESGCM]:
    """Key id to cipher, newest first, from `id:base64,id:base64`."""
    keys = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        key_id, _, encoded = pair.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError as error:
            raise ImproperlyConfigured(f"FIELD_KEYS: key {key_id!r} is not base64") from error
        if not key_id.isalnum() or len(key) != KEY_BYTES:
            raise ImproperlyConfigured(f"FIELD_KEYS: write id:base64 of {KEY_BYTES} bytes, for each key")
        keys[key_id] = AESGCM(key)
    if not keys:
        raise ImproperlyConfigured("FIELD_KEYS is empty")
    return keys


def newest_key_id() -> str:
    """The id of the key that seals."""
    return next(iter(_keys(settings.FIELD_KEYS)))


def seal(text: str, place: str) -> str:
    """Encrypt text for one place (`table.column.row`). Returns `key id:base64`."""
    key_id = newest_key_id()
    nonce = os.urandom(NONCE_BYTES)
    cipher = _keys(settings.FIELD_KEYS)[key_id]
    sealed = nonce + cipher.encrypt(nonce, text.encode(), f"{place}.{key_id}".encode())
    return f"{key_id}:{base64.b64encode(sealed).decode()}"


def unseal(token: str, place: str) -> str:
    """Decrypt what `seal` made for the same place. Raises CannotOpen."""
    key_id, _, encoded = token.partition(":")
    cipher = _keys(settings.FIELD_KEYS).get(key_id)
    if cipher is None:
        raise CannotOpen(f"{place} is sealed with key {key_id!r}, which FIELD_KEYS does not hold")
    sealed = binascii.a2b_base64(encoded)
    bound_to = f"{place}.{key_id}".encode()
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to).decode()
    except InvalidTag as error:
        raise CannotOpen(f"{place} does not open: it was sealed for another place or changed") from error


class Sealed(str):
    """A value as the database holds it."""

    __slots__ = ()


class SealedTextField(models.TextField[str, str]):
    """Text that is plain on the instance and sealed in the database.

    The row is named by its `sid`. A query cannot compare or write such a column: assign and save.
    """

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's signature
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, name, _SealedAttribute(self))

    def place(self, row: Any) -> str:
        """Table, column and row of this value: what the ciphertext is bound to."""
        return f"{self._column_place}.{row.sid}"

    @cached_property
    def _column_place(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"  # noqa: SLF001 - Django's public _meta

    def opened(self, row: Any) -> str:
        """The plain text of this column in a row of values, which must hold `sid` too."""
        value: str = getattr(row, self.attname)
        return unseal(value, self.place(row)) if value else value

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return Sealed(value) if value else value

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: FBT001 - Django's signature
        value = model_instance.__dict__.get(self.attname, "")
        if isinstance(value, Sealed) or not value:
            return Sealed(value)
        return Sealed(seal(value, self.place(model_instance)))

    def get_prep_value(self, value: Any) -> Any:
        if value is not None and not isinstance(value, Sealed):
            raise TypeError(f"{self.name} is encrypted: set it on an instance and save that")
        return super().get_prep_value(value)


class _SealedAttribute:
    """Opens the value when it is read; until then a row is loaded without touching a key."""

    def __init__(self, field: SealedTextField) -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type[models.Model]) -> Any:
        if instance is None:
            return self
        if self.field.attname not in instance.__dict__:
            instance.refresh_from_db(fields=[self.field.attname])
        value = instance.__dict__[self.field.attname]
        return (
            unseal(value, self.field.place(instance)) if isinstance(value, Sealed) and value else str(value)
        )

    def __set__(self, instance: models.Model, value: str) -> None:
        instance.__dict__[self.field.attname] = value


def sealed_fields() -> list[tuple[type[models.Model], SealedTextField]]:
    """Every encrypted column of the installation."""

    return [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.concrete_fields  # noqa: SLF001 - Django's public _meta
        if isinstance(field, SealedTextField)
    ]
