"""The corpora, read in place: third-party data in the folder named by CORPORA, never part of Patchbay."""

import json
import os
import random
from pathlib import Path
from typing import Any

SEED = 20261121
# What no list holds: the character that PostgreSQL refuses, and a path segment.
MORE_TEXTS = ["\0", "a\0b", "\0<script>", ".."]
# Half of a pair: JSON can say it, UTF-8 cannot. No form or URL carries it.
LONE_SURROGATE = "\ud800"
SAMPLES = {"crlf": 48, "ssti": 477, "traversal": 300, "xss": 300}


def folder(name: str) -> Path:
    return Path(os.environ["CORPORA"]) / name


def read(name: str) -> Any:
    return json.loads(folder(name).read_text())


def hostile_texts(*, every: int = 1) -> list[str]:
    """NULs, naughty strings and payloads (of the longest lists a seeded sample), each once.

    `every`: only each nth text, where asking takes long; with FULL=1 in the environment all of them.
    """
    payloads = [
        payload
        for name, size in SAMPLES.items()
        for payload in random.Random(SEED).sample(read(f"payloads-all-the-things/{name}.json"), size)
    ]
    step = 1 if os.environ.get("FULL") else every
    return MORE_TEXTS + list(dict.fromkeys([*read("blns/blns.json"), *payloads]))[::step]
