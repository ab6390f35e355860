"""Bytes of somebody else, answered so that no browser runs them.

A media type that only shows itself may open in the browser. Everything else is saved to disk, and all of
it is in a sandbox: what is safe is listed, never what is dangerous.
"""

import mimetypes
import re
from typing import Final

UNKNOWN: Final = "application/octet-stream"
# A type and its parameters, in the letters that a header holds (RFC 9110).
_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
MEDIA_TYPE: Final = re.compile(
    rf'{_WORD}/{_WORD}(?:[ \t]*;[ \t]*{_WORD}=(?:{_WORD}|"[\x20\x21\x23-\x5b\x5d-\x7e]*"))*'
)
SHOWN: Final = {
    "application/json",
    "audio/aac",
    "audio/flac",
    "audio/mpeg",
    "audio/mp4",
    "audio/ogg",
    "audio/wav",
    "audio/webm",
    "audio/x-wav",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/csv",
    "text/plain",
    "video/mp4",
    "video/webm",
}
SANDBOX: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"


def safe_type(content_type: str) -> str:
    """The type as it was stored; what is no type at all is bytes."""
    return content_type if MEDIA_TYPE.fullmatch(content_type) else UNKNOWN


def disposition(content_type: str, name: str) -> str:
    """`Content-Disposition`: shown or saved, as `name` with an extension of the type."""
    kind = content_type.partition(";")[0].strip().lower()
    extension = mimetypes.guess_extension(kind) or ".bin"
    return f'{"inline" if kind in SHOWN else "attachment"}; filename="{name}{extension}"'


def guarded(content_type: str, name: str) -> dict[str, str]:
    """The headers that somebody else's bytes go out with. `name` is ours."""
    kept = safe_type(content_type)
    return {
        "Content-Type": kept,
        "Content-Disposition": disposition(kept, name),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": SANDBOX,
        "Cache-Control": "private, no-store",
        "Referrer-Policy": "no-referrer",
    }
