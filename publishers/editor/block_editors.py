"""What django-jsonform draws for the lists in a listing's blocks."""

from typing import Any, Final

from publishers.editor_schemas import Editor


def _list(each: str, properties: dict[str, Editor]) -> Editor:
    return {"type": "array", "items": {"type": "object", "title": each, "properties": properties}}


def _text(title: str, **more: Any) -> Editor:
    return {"type": "string", "title": title, **more}


HIGHLIGHTS: Final = _list(
    "Highlight", {"title": _text("Title", required=True), "description": _text("Description")}
)
CODE_SAMPLES: Final = _list(
    "Sample",
    {
        "title": _text("Title", required=True),
        "description": _text("Description"),
        "code": _text("Code", required=True, widget="textarea"),
    },
)
BUTTONS: Final = _list(
    "Button",
    {
        "label": _text("Label", required=True),
        "url": _text("URL", required=True),
        "help_text": _text("Help"),
    },
)
