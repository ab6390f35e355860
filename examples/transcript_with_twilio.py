"""What was said in a recording, with the official Twilio client: bring it, wait, read, delete.

    make up                                                  # in another terminal
    .venv/bin/python -m examples.transcript_with_twilio      # reads var/demo.json

The client is the one from PyPI, unmodified. To bring a recording is no API of Twilio's: that is plain HTTP.
"""

import json
import sys
import time
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

from twilio.rest import Client

from examples.lookup_with_twilio import DEMO_FILE, client_for

RECORDING = Path(__file__).parent / "recordings" / "refund.wav"
ENDED = frozenset({"completed", "failed", "canceled"})
PATIENCE_SECONDS = 60


def bring(demo: dict[str, Any], file: Path) -> str:
    """Upload a recording as if the Record verb had made it. Returns its SID."""
    boundary = uuid4().hex
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="RecordingSource"\r\n\r\nRecordVerb\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="Recording"; filename="{file.name}"\r\n'
        "Content-Type: audio/x-wav\r\n\r\n"
    )
    login = b64encode(f"{demo['account_sid']}:{demo['auth_token']}".encode()).decode()
    request = Request(  # noqa: S310 - the address is our own demo's
        f"{demo['base_url']}/connect/{demo['account_sid']}/recordings",
        data=head.encode() + file.read_bytes() + f"\r\n--{boundary}--\r\n".encode(),
        headers={
            "Authorization": f"Basic {login}",
            "Content-Type": f"multipart/form-data; boundary={boundary}",
        },
    )
    with urlopen(request) as answer:  # noqa: S310 - as above
        return str(json.load(answer)["sid"])


def result_of(client: Client, recording_sid: str) -> Any:
    """The result of the one add-on that is switched on, when it has ended."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        results = client.recordings(recording_sid).add_on_results.list()
        if results and results[0].status in ENDED:
            return client.recordings(recording_sid).add_on_results(results[0].sid)
        time.sleep(0.2)
    raise TimeoutError(f"no add-on has answered about {recording_sid}")


def payloads_of(result: Any) -> dict[str, bytes]:
    """Label to content. The data are behind a link that is valid for a while and needs no credentials."""
    found = {}
    for payload in result.payloads.list():
        link = result.payloads(payload.sid).data().fetch().redirect_to
        with urlopen(link) as data:  # noqa: S310 - the platform's own link
            found[payload.label] = data.read()
    return found


def main() -> None:
    """Bring the recording, print the transcript, and delete the result, so that nothing of it stays."""
    demo = json.loads(DEMO_FILE.read_text())
    client = client_for(demo["base_url"], demo["account_sid"], demo["auth_token"])
    result = result_of(client, bring(demo, RECORDING))
    json.dump(json.loads(payloads_of(result)["transcript"]), sys.stdout, indent=2)
    result.delete()


if __name__ == "__main__":
    main()
