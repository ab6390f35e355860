"""No second index of the ledger's SIDs for `LIKE 'beginning%'`: see `results/migrations/0007_no_twin_indexes.py`."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_usage_and_referrals")]

    operations = [
        migrations.RunSQL(
            'DROP INDEX IF EXISTS "billing_ledgerentry_sid_0e461e8b_like"', migrations.RunSQL.noop
        ),
    ]
