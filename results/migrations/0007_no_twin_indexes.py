"""Of a text that is unique or indexed PostgreSQL gets a second index from Django, for `LIKE 'beginning%'`.

Nobody asks that of the log, where every row would be written to each of them. What has none stays as it is.
"""

from django.db import migrations

TWINS = [
    "results_invocation_sid_624874ed_like",
    "results_invocation_event_id_2ed57367_like",
    "results_event_sid_11a73c3f_like",
]


class Migration(migrations.Migration):
    dependencies = [("results", "0006_addonresult_payload_and_more")]

    operations = [
        migrations.RunSQL(f'DROP INDEX IF EXISTS "{name}"', migrations.RunSQL.noop) for name in TWINS
    ]
