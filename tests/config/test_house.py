"""Rules of the house that a tool does not check."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LONGEST_FILE = 400
LONGEST_FUNCTION = 50


def sources() -> list[Path]:
    ours = [folder for folder in ROOT.iterdir() if folder.is_dir() and folder.name not in {".venv", "var"}]
    files = [file for folder in ours for file in folder.rglob("*.py")]
    return [file for file in files if not {"migrations", "node_modules"} & set(file.parts)]


def test_no_file_is_longer_than_the_cap() -> None:
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in sources()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_longer_than_the_cap() -> None:
    functions = [
        (f"{file.relative_to(ROOT)}:{node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for file in sources()
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [each for each in functions if each[1] > LONGEST_FUNCTION] == []


def test_every_place_the_readme_names_exists() -> None:
    table = (ROOT / "README.md").read_text().split("## Where is", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|")[2] for line in table.splitlines() if line.startswith("|")]
    named = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", ["docs/settings.md"])
def test_every_setting_the_code_reads_is_documented(document: str) -> None:
    code = (ROOT / "config" / "settings.py").read_text()
    read = set(re.findall(r'env\.\w+\("([A-Z_]+)"', code)) | {"VAR_DIR"}
    text = (ROOT / document).read_text()
    assert {name for name in read if f"`{name}`" not in text} == set()
