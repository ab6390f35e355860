"""Every number of the contract with publishers, once. Times in milliseconds, sizes in bytes unless said.

`contract.md` and `safety.md` are the two documents the project is built on; the section follows each number.
"""

from typing import Final

# --- Time ------------------------------------------------------------------------------------
DEADLINE_MS: Final = 2_000  # contract 9.2: the whole exchange, every try and redirect included
TTL_MS: Final = 2_000  # contract 9.2: what X-Twilio-RequestTTL and {{ttl}} say
RETRY_PAUSES_MS: Final = (100, 200)  # contract 9.2: two more tries after a 5xx or a failed connection

# --- The service level: what a publisher aims at ----------------------------------------------
TARGET_MEDIAN_MS: Final = 200  # contract 9.2
TARGET_SLOW_MS: Final = 1_500  # contract 9.2; for 95 of 100 calls, the 99th has until the deadline
FAILURES_PER_HUNDRED: Final = 1  # the error budget: so many of a hundred calls may fail by its fault

# --- The answer ------------------------------------------------------------------------------
MAX_RESPONSE_BYTES: Final = 65_536  # contract 9.2: decoded body, both synchronous types
MAX_REDIRECTS: Final = 5  # contract 9.2: followed; the sixth is 61008
MAX_RESPONSE_LINE_BYTES: Final = 8_190  # safety 5.1: status line, each header name, each header value
MAX_RESPONSE_HEADERS: Final = 100  # safety 3.1
READ_BUFFER_BYTES: Final = 16_384  # safety 5.1: what is parsed at once, before the bounds are looked at
MAX_HEADS: Final = 16  # of one answer: interim ones (100 to 199) and its own
MAX_WIRE_BYTES: Final = 65_536  # of one answer, for all that is no body; and
WIRE_BYTES_PER_BYTE: Final = 8  # for each byte of a body, which may come in chunks of one byte
MAX_JSON_DEPTH: Final = 64  # safety 3.2
MAX_JSON_NODES: Final = 100_000  # safety 3.2: values, containers included

# --- The request -----------------------------------------------------------------------------
MAX_URL_CHARS: Final = 8_000  # a request line over 8 KiB is refused by common servers
MAX_HEADER_BYTES: Final = 4_096  # safety 3.1: one header value
UPLOAD_CHUNK_BYTES: Final = 65_536  # of a recording, read and sent at once

# --- Calls under way, in one process ---------------------------------------------------------
MAX_CALLS_PER_PUBLISHER: Final = 100  # safety 1, finding 7; measured in `docs/performance.md`
MAX_LOOKUPS: Final = 2_000  # one more is answered 503 before anybody is asked
MAX_CALLS: Final = 1_000  # ten publishers that hang leave room for the others
KEEP_ALIVE_SECONDS: Final = 4  # common servers end an idle connection after five, none of them before two

# --- The circuit breaker of a listing version ------------------------------------------------
BREAKER_FAILURES: Final = 5  # in a row: then the service is not asked
BREAKER_WINDOW_MS: Final = 30_000  # the failures are no older than this
BREAKER_PAUSES_MS: Final = (
    1_000,
    2_000,
    5_000,
    10_000,
)  # before each probe; safety 4 (29): the last for ever

# --- JSONPaths of a definition ---------------------------------------------------------------
MAX_PATH_CHARS: Final = 512  # safety 3.2
MAX_PATH_DESCENTS: Final = 2  # safety 3.2: `..` in one path
# What the paths of one list may do together, in members passed (`matching` weighs the rest). To judge, to
# charge and to clean the worst reply that gets through then holds the event loop for less than 20 ms.
MAX_PATH_NODES: Final = 64_000

# --- The definition itself -------------------------------------------------------------------
MAX_DEFINITION_BYTES: Final = 262_144  # safety 3.2 allows 64 KiB per schema; there are three, and the rest
MAX_DEFINITION_FAULTS: Final = 100  # nobody reads further

# --- The developer's webhook, behind the add-ons ----------------------------------------------
WEBHOOK_DEADLINE_MS: Final = 15_000  # as the platform waits: for the webhook, and again for its fallback
MAX_WEBHOOK_RESPONSE_BYTES: Final = 65_536  # what the platform reads of an answer in its markup

# --- Asynchronous add-ons --------------------------------------------------------------------
ASYNC_ATTEMPT_MS: Final = 30_000  # contract 11.2: one try to hand a recording over
ASYNC_RETRY_PAUSES_MS: Final = (1_000, 5_000, 30_000)  # contract 11.2
MAX_DISPATCH_LEASES: Final = 8  # safety 4 (27): then it is given up, however the tries before ended
MAX_DISPATCHES_PER_VERSION: Final = 4  # at once, over all workers: one that hangs leaves room for the others
ASYNC_DEADLINE_FACTOR: Final = 10  # contract 11.3: times the length of the recording
ASYNC_DEADLINE_FLOOR_MS: Final = 60_000  # contract 11.3
MAX_CALLBACK_BYTES: Final = 104_857_600  # contract 11.3: 100 MB, all parts together
# What is judged in the process that took it in, about as quickly as an answer of a lookup; more, in a child.
MAX_JSON_JUDGED_HERE: Final = 262_144
MAX_CALLBACK_JSON_NODES: Final = 5_000_000  # values, containers included; a long call has 50,000 words
MAX_CALLBACK_PATH_NODES: Final = 20_000_000
JUDGING_BYTES: Final = 1_610_612_736  # safety 1, finding 14: the address space of that child
JUDGING_SECONDS: Final = 60  # of its processor
MAX_CALLBACK_PARTS: Final = 100
MAX_PART_HEADERS: Final = 16
MAX_PART_HEADER_BYTES: Final = 4_096
