"""Fills the database with many installs, accounts and invocations for `scale.py`."""

from collections.abc import Iterator, Sequence

from django.db import connection

from accounts.models import Account
from marketplace.models import Install, InstalledAddOn, InstalledExtension
from results.models import Invocation

BATCH = 5_000
# The same for all of them. They live as long as the benchmark.
TOKEN = "0" * 32
# So many of the new accounts are then used.
USED = 1_000


def more_installs(account: Account, count: int) -> None:
    """So many more installed add-ons of this account, like the one it has, switched on."""
    model = InstalledAddOn.objects.get(account=account)
    for size in _batches(count):
        _install(model, [(account, model.install)] * size)


def more_accounts(like: Account, count: int) -> list[Account]:
    """So many accounts that have the same add-on under the same name; returns the first ones."""
    model = InstalledAddOn.objects.select_related("install").get(account=like)
    used: list[Account] = []
    for size in _batches(count):
        accounts = Account.objects.bulk_create([_account() for _ in range(size)])
        pairs = [(each, Install(account=each, listing_id=model.install.listing_id)) for each in accounts]
        Install.objects.bulk_create([install for _, install in pairs])
        _install(model, pairs)
        used += accounts[: USED - len(used)]
    return used


def more_invocations(account: Account, count: int) -> None:
    """So many copies of an invocation of this account, older than all others, in the database alone."""
    row = Invocation.objects.filter(account=account).latest("sid")
    options = Invocation._meta  # noqa: SLF001 - Django documents it under this name
    columns = [str(field.column) for field in options.concrete_fields]
    key = "lpad(to_hex(number), 32, '0')"
    made = {"sid": f"'XR' || {key}", "event_id": key}
    values = ", ".join(made.get(column, column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {options.db_table} ({', '.join(columns)}) "  # noqa: S608 - the model's own names
            f"SELECT {values} FROM {options.db_table}, generate_series(1, %s) AS number WHERE sid = %s",
            [count, row.sid],
        )


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _install(model: InstalledAddOn, pairs: Sequence[tuple[Account, Install]]) -> None:
    """Installed add-ons like the model; a second one in the same account gets another name."""
    rows = []
    for account, install in pairs:
        row = InstalledAddOn(account=account, install=install, version_id=model.version_id)
        row.unique_name = f"copy_{row.sid}" if account == model.account else model.unique_name
        row.configuration = model.configuration
        rows.append(row)
    InstalledAddOn.objects.bulk_create(rows)
    switches = list(model.switches.all())
    InstalledExtension.objects.bulk_create(
        InstalledExtension(installed_add_on=row, extension_id=each.extension_id, enabled=each.enabled)
        for row in rows
        for each in switches
    )


def _account() -> Account:
    account = Account(friendly_name="One of many")
    account.set_auth_token(TOKEN)
    return account


def _batches(count: int) -> Iterator[int]:
    """Numbers that add up to the count."""
    for start in range(0, count, BATCH):
        yield min(BATCH, count - start)
