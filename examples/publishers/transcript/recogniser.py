"""One transcript, with the wishes as JSON on standard input and the transcript as JSON on standard output.

    echo '{"keywords": "refund"}' | python -m examples.publishers.transcript.recogniser FILE

A process of its own, because recognition takes all of a processor for a while, and a C library reads a
stranger's file: neither may touch the process that answers the platform.
"""

import json
import sys
from pathlib import Path

from examples.publishers.question import JSON
from examples.publishers.transcript.audio import NotOurAudio, Wav
from examples.publishers.transcript.document import Wishes, document
from examples.publishers.transcript.hearing import Ear


def transcript(file: Path, wishes: Wishes) -> JSON:
    """The transcript, or a dictionary with `error`."""
    try:
        with file.open("rb") as audio:
            wav, ear = Wav(audio), Ear()
            words = list(ear.words(wav))
            return document(words, seconds=wav.seconds, wishes=wishes, knows=ear.knows)
    except NotOurAudio as error:
        return {"error": str(error)}


if __name__ == "__main__":
    json.dump(transcript(Path(sys.argv[1]), Wishes(**json.load(sys.stdin))), sys.stdout)
