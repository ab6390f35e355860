"""`manage.py rotate_keys`: seal every secret with the newest key of FIELD_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import models

from accounts.encryption import Sealed, SealedTextField, newest_key_id, sealed_fields


class Command(BaseCommand):
    """Resumable: a row is rewritten only while it still holds the value that was read."""

    help = (
        "Seal every secret with the newest key. Put the new key first in FIELD_KEYS, keep the old ones "
        "behind it, run this, and drop the old keys once it reports 0 left."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for model, field in sealed_fields():
            moved = sum(_reseal(row, field) for row in _on_old_keys(model, field).iterator())
            left = _on_old_keys(model, field).count()
            self.stdout.write(f"{model._meta.label}.{field.name}: {moved} moved, {left} left")  # noqa: SLF001


def _on_old_keys(model: type[models.Model], field: SealedTextField) -> models.QuerySet[Any]:
    rows: models.QuerySet[Any] = model._default_manager.exclude(**{field.name: Sealed("")})  # noqa: SLF001
    return rows.exclude(**{f"{field.name}__startswith": Sealed(f"{newest_key_id()}:")})


def _reseal(row: models.Model, field: SealedTextField) -> bool:
    old = row.__dict__[field.attname]
    setattr(row, field.name, getattr(row, field.name))
    new = field.pre_save(row, add=False)
    same = type(row)._default_manager.filter(pk=row.pk, **{field.name: old})  # noqa: SLF001
    return same.update(**{field.name: new}) == 1
