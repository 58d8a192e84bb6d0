"""Each domain mounted alone: it boots, serves only its own, and passes its own tests."""

import json
import os
import re
import subprocess
import sys

import pytest

from imagestore.local.place import ROOT

SHUT = """
import django
django.setup()
from django.test import Client
paths = ("/healthz", "/api/v1/openapi.json", "/api/v1/files", "/staff/")
print([Client().get(path).status_code for path in paths])
"""
PUBLIC = """
import django
django.setup()
from django.test import Client
paths = ("/healthz", "/", "/api/v1/files", "/staff/", "/h/nonsense", "/u/nonsense/s3/params?filename=a&type=b")
print([Client().get(path).status_code for path in paths])
"""
SHARED = """
import django
django.setup()
from django.test import Client
paths = ("/healthz", "/", "/api/v1/projects", "/h/nonsense", "/u/nonsense/s3/params?filename=a&type=b")
told = [Client().get(path).status_code for path in paths]
page = Client(headers={"Accept": "text/html"}).get("/shared/nonsense")
print(told, Client().get("/shared/nonsense").json()["code"], page.status_code, page["Content-Type"].split(";")[0])
"""
DOMAINS = ["files", "projects", "scheduler"]
HOUSES = {"webhooks"}
"""What every process with the door to the API serves: it belongs to no domain."""
OWN: dict[str, set[str]] = {
    "files": {"files", "sessions", "upload-links", "usage"},
    "projects": {"projects", "cart-items", "orders", "packages"},
    "scheduler": set(),
}
LOOK = """
import json, django
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("check")
client = Client()
document = client.get("/api/v1/openapi.json").json()
print(json.dumps({"paths": sorted(document["paths"]), "alive": client.get("/healthz").status_code}))
"""


def alone(domain: str, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "IMAGESTORE_DOMAINS": domain, "PYTHONPATH": str(ROOT), **more}
    environment.pop("PYTEST_ADDOPTS", None)
    for variable in [name for name in environment if name.startswith("PYTEST_XDIST")]:
        del environment[variable]
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False
    )


@pytest.mark.parametrize("domain", DOMAINS)
def test_it_boots_and_serves_only_its_own_routes(domain: str) -> None:
    looked = alone(domain, "-c", LOOK)
    assert looked.returncode == 0, looked.stderr
    told = json.loads(looked.stdout.splitlines()[-1])
    assert told["alive"] == 200
    assert {path.split("/")[3] for path in told["paths"]} == OWN[domain] | HOUSES


@pytest.mark.parametrize("domain", DOMAINS)
def test_without_a_door_to_the_api_it_only_tells_its_health(domain: str) -> None:
    looked = alone(domain, "-c", SHUT, IMAGESTORE_DOORS="events,tasks")
    assert looked.returncode == 0, looked.stderr
    assert looked.stdout.splitlines()[-1] == "[200, 404, 404, 404]"


def test_the_public_door_of_projects_alone_opens_shares_and_nothing_else() -> None:
    looked = alone("projects", "-c", SHARED, IMAGESTORE_DOORS="public", IMAGESTORE_ENVIRONMENT="production")
    assert looked.returncode == 0, looked.stderr
    assert looked.stdout.splitlines()[-1] == "[200, 404, 404, 404, 404] share-not-found 404 text/html"


def test_the_public_door_alone_opens_links_and_phones_and_nothing_else() -> None:
    looked = alone("files", "-c", PUBLIC, IMAGESTORE_DOORS="public", IMAGESTORE_ENVIRONMENT="production")
    assert looked.returncode == 0, looked.stderr
    assert looked.stdout.splitlines()[-1] == "[200, 404, 404, 404, 410, 401]"


FIRST = re.compile(r"(?m)^def (test_\w+)")
WITHOUT = ("cacheprovider", "xdist", "schemathesis", "hypothesispytest")
PYTEST = ("-m", "pytest", "-q", *(f"-pno:{plugin}" for plugin in WITHOUT))


def some_tests(domain: str) -> list[str]:
    """The first of every eighth module; whole modules run with all domains mounted anyway."""
    modules = sorted((ROOT / "tests" / domain).rglob("test_*.py"))[::8]
    return [
        f"{module.relative_to(ROOT)}::{test}" for module in modules for test in FIRST.findall(module.read_text())[:1]
    ]


@pytest.mark.parametrize("domain", DOMAINS)
def test_it_passes_some_of_its_own_tests(domain: str) -> None:
    passed = alone(domain, *PYTEST, *some_tests(domain))
    assert passed.returncode == 0, passed.stdout[-4000:]
    assert " passed" in passed.stdout


@pytest.mark.proof
@pytest.mark.parametrize("domain", DOMAINS)
def test_it_passes_all_its_own_tests(domain: str) -> None:
    passed = alone(domain, *PYTEST, f"tests/{domain}")
    assert passed.returncode == 0, passed.stdout[-4000:]
    assert " passed" in passed.stdout
