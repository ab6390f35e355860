"""A JSON document as nodes that a template can draw as nested `<details>`."""

import json
from dataclasses import dataclass
from typing import Any

# Deep or wide answers stay readable as raw text: a page of 60,000 nodes helps nobody, and the template
# that draws a node includes itself.
MAX_NODES = 2000
MAX_DEPTH = 20


@dataclass(frozen=True)
class Node:
    """One value. `kind` is object, array, string, number, boolean or null; the root has no key."""

    key: str | None
    kind: str
    text: str
    children: tuple["Node", ...] = ()

    @property
    def count(self) -> int:
        return len(self.children)


def tree_of(document: Any, key: str | None = None) -> Node:
    """The node of a parsed JSON document."""
    match document:
        case dict():
            return Node(key, "object", "", tuple(tree_of(value, name) for name, value in document.items()))
        case list():
            items = enumerate(document)
            return Node(key, "array", "", tuple(tree_of(value, str(index)) for index, value in items))
        case bool():
            return Node(key, "boolean", json.dumps(document))
        case None:
            return Node(key, "null", "null")
        case int() | float():
            return Node(key, "number", json.dumps(document))
    return Node(key, "string", str(document))


def depth(node: Node) -> int:
    """How many levels a tree has."""
    return 1 + max((depth(child) for child in node.children), default=0)


def size(node: Node) -> int:
    """How many values a tree holds."""
    return 1 + sum(size(child) for child in node.children)
