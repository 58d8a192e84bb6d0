"""Rules of the house that no tool checks by itself."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("imagestore", "files", "projects", "scheduler")
MOST_README_LINES, MOST_FILE_LINES, MOST_FUNCTION_LINES = 150, 300, 40
MACHINE_PATH = re.compile(r"(?<![\w./-])/(?:home|Users|root)/[\w.-]+")
REGISTRY = re.compile(
    r"--(extra-)?index-url|^index-url|pypi\.org|registry\.npmjs|files?\.[a-z]+hosted\."
    r"|\"resolved\": *\"https?:|registry *= *\"?https?:",
    re.MULTILINE,
)
PINNED = re.compile(r"[a-z0-9][\w.-]*(\[[\w,-]+\])?==\S+( ; .+?)?(\s+--hash=sha256:[0-9a-f]{64})+")


def python_files() -> list[Path]:
    return [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]


def committed_texts() -> Iterator[tuple[str, str]]:
    """Path and text of every file under version control that is text."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listing.stdout.split("\0")):
        file = ROOT / name
        if not file.is_file():
            continue
        content = file.read_bytes()
        if b"\0" not in content:
            yield name, content.decode()


def place(file: Path, node: ast.expr | ast.stmt) -> str:
    return f"{file.relative_to(ROOT)}:{node.lineno}"


def handles_rows(tree: ast.Module) -> bool:
    """Whether a module knows PynamoDB rows: from PynamoDB, from the common rows or from a domain's models."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        if any(re.search(r"^pynamodb\b|\.models\b|common\.rows\b", name) for name in names):
            return True
    return False


def saves(source: str) -> list[ast.Call]:
    """Calls of `.save(…)` in a module that handles rows."""
    tree = ast.parse(source)
    if not handles_rows(tree):
        return []
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "save"]


def test_no_row_is_saved_over_another() -> None:
    found = [place(file, call) for file in python_files() for call in saves(file.read_text())]
    assert found == [], "Put a row once with table.put_new; change it with table.update."


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from files.models import FileRow\nFileRow.get('a').save()", 1),
        ("from files import models\nmodels.FileRow().save(condition=None)", 1),
        ("import pynamodb.models\nrow.save()", 1),
        ("from PIL import Image\nimage.save(buffer, 'PNG')", 0),
        ("from files import models\nclass Admin:\n    def save_model(self): self.save_model()", 0),
    ],
)
def test_the_search_for_saves_tells_rows_from_the_rest(source: str, found: int) -> None:
    assert len(saves(source)) == found


def test_files_are_short() -> None:
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in python_files()}
    assert {name: length for name, length in lengths.items() if length > MOST_FILE_LINES} == {}


def test_functions_are_short() -> None:
    found = [
        f"{place(file, node)} {node.name}"
        for file in python_files()
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > MOST_FUNCTION_LINES
    ]
    assert found == []


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < MOST_README_LINES


def test_no_path_of_one_machine_is_committed() -> None:
    here = f"{ROOT}/"
    found = [name for name, text in committed_texts() if MACHINE_PATH.search(text) or here in text]
    assert found == []


def test_no_package_registry_is_named() -> None:
    assert [name for name, text in committed_texts() if REGISTRY.search(text)] == []


@pytest.mark.parametrize("lock", ["run", "dev", "lambda"])
def test_a_lock_pins_every_requirement_with_hashes(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    assert "://" not in text
    lines = text.replace("\\\n", "").splitlines()
    requirements = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    assert requirements
    assert [line for line in requirements if not PINNED.fullmatch(line.strip())] == []
