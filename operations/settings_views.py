"""The settings of the platform, as they were read: each with its source, and no secret among them."""

import re
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.core import checks
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from operations.access import operator_required

SOURCES: Final = {
    "environment": "Environment",
    "file": "Secrets file",
    "default": "Default",
}
_ROW: Final = re.compile(r"^\| (?P<names>`[^|]+) \| [^|]* \| (?P<meaning>.+) \|$", re.MULTILINE)
_NAME: Final = re.compile(r"`([A-Z_0-9]+)`")
_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One setting of the page."""

    name: str
    shown: str
    source: str
    is_secret: bool
    meaning: str


@operator_required
@require_GET
def platform_settings(request: HttpRequest) -> HttpResponse:
    """Read-only: a setting is changed where the processes are started. `source` and `q` narrow the list."""
    source, words = request.GET.get("source", ""), request.GET.get("q", "").strip()[:100]
    rows = _rows()
    counts = {key: sum(each.source == key for each in rows) for key in SOURCES}
    if source in SOURCES:
        rows = [each for each in rows if each.source == source]
    rows = [each for each in rows if words.lower() in f"{each.name} {each.meaning}".lower()]
    context: dict[str, Any] = {
        "rows": rows,
        "source": source if source in SOURCES else "",
        "words": words,
        "sources": [(key, name, counts[key]) for key, name in SOURCES.items()],
        "findings": findings(),
        "secrets_file": settings.SETTINGS_FILE,
    }
    return render(request, "operate/settings.html", context)


def findings() -> list[checks.CheckMessage]:
    """What `manage.py check --deploy` says of this installation."""
    found = checks.run_checks(tags=[checks.Tags.security], include_deployment_checks=True)
    return [each for each in found if not each.is_silenced()]


def _rows() -> list[Row]:
    meanings = _meanings()
    return [
        Row(
            name=read.name,
            shown=read.shown,
            source=str(read.source),
            is_secret=read.is_secret,
            meaning=meanings.get(read.name, ""),
        )
        for read in sorted(settings.SETTINGS_READ.values(), key=lambda each: each.name)
    ]


def _meanings() -> dict[str, str]:
    """What the table in `docs/settings.md` says of each setting; nothing where the file was left out."""
    try:
        text = (settings.BASE_DIR / "docs" / "settings.md").read_text()
    except FileNotFoundError:
        return {}
    return {
        name: _LINK.sub(r"\1", row["meaning"]).replace("`", "")
        for row in _ROW.finditer(text)
        for name in _NAME.findall(row["names"])
    }
