"""What the contract may import, and who may open a connection (safety 5.1, style 8)."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[3]
CONTRACT = ROOT / "publishers" / "contract"
PRODUCT = [
    "accounts",
    "billing",
    "deliveries",
    "invocations",
    "marketplace",
    "publishers",
    "rest",
    "recordings",
    "results",
    "schema_forms",
]
CLIENTS = {"aiohttp", "http.client", "httpx", "niquests", "requests", "urllib.request", "urllib3"}


def imports(path):
    """Every module a file imports, with its parents."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[: end + 1]) for end in range(len(parts)))


def test_two_modules_open_connections():
    sources = [path for app in PRODUCT for path in (ROOT / app).rglob("*.py")]
    assert {path.name for path in sources if CLIENTS & set(imports(path))} == {"dialling.py", "egress.py"}


def test_the_contract_knows_neither_django_nor_the_apps():
    allowed = {"publishers", "publishers.contract", "schema_forms", "schema_forms.schemas"}
    strangers = {"django", "config", "publishers.models", *PRODUCT} - allowed
    for path in CONTRACT.glob("*.py"):
        assert strangers.isdisjoint(imports(path)), path.name
