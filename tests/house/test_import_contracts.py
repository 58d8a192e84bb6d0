"""Each import contract of pyproject.toml is broken by what it forbids; the tree as it is keeps them all."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent
PACKAGES = ("imagestore", "files", "projects", "scheduler")
OPTIONS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]


class Plant(NamedTuple):
    contract: str
    importer: str
    imported: str


FORBIDDEN = [
    Plant("house", "imagestore.common.clock", "imagestore.identity.queries"),
    Plant("house", "imagestore.audit.operations", "files.queries"),
    Plant("house", "imagestore.webhooks.operations", "imagestore.console.providers"),
    Plant("house", "imagestore.holds.queries", "imagestore.webhooks.queries"),
    Plant("house", "imagestore.purchases.queries", "imagestore.holds.queries"),
    Plant("house", "files.operations", "imagestore.demo.pages"),
    Plant("house", "scheduler.tasks", "imagestore.celery"),
    Plant("domains", "scheduler.operations", "files.operations"),
    Plant("domains", "projects.operations", "files.queries"),
    Plant("domains", "projects.file_holds", "files.models"),
    Plant("rooms", "files.rules", "files.operations"),
    Plant("rooms", "files.probe", "files.rules"),
    Plant("rooms", "scheduler.tasks", "scheduler.events"),
    Plant("rooms", "imagestore.identity.queries", "imagestore.identity.operations"),
    Plant("rooms", "imagestore.webhooks.operations", "imagestore.webhooks.api"),
    Plant("rooms", "imagestore.holds.queries", "imagestore.holds.operations"),
    Plant("rooms", "imagestore.purchases.queries", "imagestore.purchases.operations"),
    Plant("rooms", "projects.orders.queries", "projects.orders.operations"),
    Plant("slices", "projects.operations", "projects.shares.queries"),
    Plant("slices", "projects.carts.operations", "projects.orders.queries"),
    Plant("aws", "files.storage", "boto3"),
    Plant("aws", "imagestore.local.poller", "botocore.exceptions"),
    Plant("models", "projects.api", "projects.models"),
    Plant("models", "imagestore.identity.admin", "imagestore.identity.models"),
    Plant("pure", "files.keys", "django.conf"),
    Plant("pure", "projects.rules", "pynamodb.models"),
    Plant("pure", "scheduler.records", "imagestore.common.table"),
    Plant("decoder", "files.decoding.child", "imagestore.common.clock"),
    Plant("decoder", "files.decoding.opening", "botocore"),
    Plant("no-http", "files.operations", "ninja"),
    Plant("no-http", "projects.queries", "imagestore.common.problems"),
    Plant("console", "files.operations", "imagestore.console.providers"),
    Plant("demo", "imagestore.demo.pages", "files.queries"),
]
ALLOWED = [
    Plant("domains", "projects.file_holds", "files.operations"),
    Plant("domains", "projects.file_holds", "files.queries"),
    Plant("aws", "imagestore.common.aws", "boto3"),
    Plant("models", "files.queries", "files.models"),
    Plant("console", "files.admin", "imagestore.console.providers"),
    Plant("console", "projects.apps", "imagestore.console.providers"),
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the product's Python code with the contracts beside it."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def module_file(tree: Path, module: str) -> Path:
    """The file of a module, made with its packages where they are missing."""
    path = tree.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    file.parent.mkdir(parents=True, exist_ok=True)
    for package in (file.parent, *file.parent.parents):
        if package == tree:
            break
        (package / "__init__.py").touch()
    file.touch()
    return file


def plant(tree: Path, importer: str, imported: str) -> None:
    if known_name(imported) == imported:
        module_file(tree, imported)
    with module_file(tree, importer).open("a") as file:
        file.write(f"\nimport {imported}\n")


def lint_imports(tree: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    chosen = [option for contract in contracts for option in ("--contract", contract)]
    command = [str(TOOLS / "lint-imports"), "--no-logo", "--no-cache", *chosen]
    wide = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(command, cwd=tree, env=wide, capture_output=True, text=True, check=False)


def known_name(module: str) -> str:
    """How the report names a module: of foreign packages it knows the top alone."""
    package = module.partition(".")[0]
    return module if package in PACKAGES else package


def label(case: Plant) -> str:
    return f"{case.contract}: {case.importer} -> {case.imported}"


def test_the_tree_keeps_every_contract() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("case", FORBIDDEN, ids=label)
def test_a_forbidden_import_is_reported(tree: Path, case: Plant) -> None:
    plant(tree, case.importer, case.imported)
    result = lint_imports(tree, case.contract)
    assert result.returncode == 1
    assert "0 kept, 1 broken" in result.stdout
    assert f"{case.importer} -> {known_name(case.imported)} " in result.stdout


@pytest.mark.parametrize("case", ALLOWED, ids=label)
def test_an_allowed_import_is_not_reported(tree: Path, case: Plant) -> None:
    plant(tree, case.importer, case.imported)
    result = lint_imports(tree, case.contract)
    assert result.returncode == 0, result.stdout


def test_every_contract_has_a_forbidden_import_above() -> None:
    assert {case.contract for case in FORBIDDEN} == {contract["id"] for contract in OPTIONS["contracts"]}


def test_everything_in_imagestore_has_its_place_in_the_house() -> None:
    house = next(contract for contract in OPTIONS["contracts"] if contract["id"] == "house")
    named = set(re.findall(r"imagestore\.(\w+)", " ".join(house["layers"])))
    modules = {path.stem for path in (ROOT / "imagestore").glob("*.py")} - {"__init__"}
    packages = {path.parent.name for path in (ROOT / "imagestore").glob("*/__init__.py")}
    assert modules | packages <= named


@pytest.mark.parametrize(("module", "reported"), [("operations", True), ("queries", True), ("api", False)])
def test_django_http_is_reported_in_operations_and_queries_only(module: str, reported: bool) -> None:
    command = [str(TOOLS / "ruff"), "check", "--select=TID251", f"--stdin-filename=files/{module}.py", "-"]
    source = "from django.http import HttpResponse\n"
    result = subprocess.run(command, cwd=ROOT, input=source, capture_output=True, text=True, check=False)
    assert ("TID251" in result.stdout) is reported
