"""How tests read the OpenAPI document."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from jsonschema import Draft202012Validator


def operations(document: dict[str, Any], method: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        if method in item:
            yield path, item[method]


def matching(path: str, templates: Iterable[str]) -> str:
    """The template a real path was made from. A 2010 path without a format counts as XML."""
    fits = [each for each in templates if re.fullmatch(_pattern(each), path)]
    assert len(fits) == 1, (path, fits)
    return fits[0]


def _pattern(template: str) -> str:
    known = re.escape(template).replace(r"\.\{format\}", r"(?:\.(?:json|xml|csv))?")
    return re.sub(r"\\\{\w+\\\}", r"[^/.]+", known)


def schema_of(document: dict[str, Any], template: str, method: str, status: str) -> Draft202012Validator:
    """What the document says of one JSON answer."""
    answer = document["paths"][template][method]["responses"][status]
    if "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    schema = answer["content"]["application/json"]["schema"]
    return Draft202012Validator({**schema, "components": document["components"]})
