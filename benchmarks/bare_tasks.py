"""The floor of results: Celery tasks that only make the two HTTP calls, with our worker's settings.

They know no database, no row, no signature and no retry, and keep their connections. The audio's file is in
the environment variable AUDIO, the service of `both_ends.py` in SERVICE, the body of a notice in NOTICE.
"""

import os
from pathlib import Path

import urllib3
from celery import Celery

from config.celery import app as ours

OURS = ("broker_", "task_", "worker_", "accept_content")

# Without Celery's part for Django, which looks after connections of a database.
app = Celery("bare", fixups=[], set_as_current=False)
app.conf.update({name: ours.conf[name] for name in ours.conf.changes or {} if name.startswith(OURS)})
app.conf.task_routes = {}
http = urllib3.PoolManager(num_pools=4, maxsize=64, retries=False)


@app.task(name="bare.hand_over", ignore_result=True, acks_late=True)
def hand_over(number: int) -> None:
    """Post the audio, and have the notice sent."""
    audio = Path(os.environ["AUDIO"]).read_bytes()
    http.request(
        "POST",
        f"{os.environ['SERVICE']}/audio/none",
        fields={"number": str(number), "audio": ("audio.wav", audio, "audio/x-wav")},
    )
    tell.delay(number)


@app.task(name="bare.tell", ignore_result=True, acks_late=True)
def tell(number: int) -> None:
    """Post the notice."""
    fields = {"AddOns": os.environ["NOTICE"], "Number": str(number)}
    http.request("POST", f"{os.environ['SERVICE']}/notices", fields=fields, encode_multipart=False)
