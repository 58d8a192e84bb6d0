"""The way of docs/deploy.md, as written, on a local AWS: template, stages, variables, mappings, a call."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import urllib3
from pytest_django import Settings

from imagestore.local.emulator import Emulator
from tests.deployment.packages import ROOT
from tests.support.ministack import LocalAws
from tests.support.world import make_shop, token

pytestmark = pytest.mark.proof
NAME, BUCKET = "imagestore", "photos-of-a-test"


def client(service: str) -> Any:
    return botocore.session.get_session().create_client(service)


@pytest.fixture
def place(bind: Callable[[str], LocalAws], settings: Settings) -> Iterator[LocalAws]:
    """An account of its own, since names are those of zappa_settings.json."""
    with Emulator() as emulator:
        bind(emulator.url)
        chosen = LocalAws(url=emulator.url, table=NAME, bucket=BUCKET, queue_prefix=f"{NAME}-")
        for variable, value in chosen.environment.items():
            if variable.startswith("IMAGESTORE_"):
                setattr(settings, variable, value)
        yield chosen


def stack(verb: str, **values: str) -> None:
    cloudformation = client("cloudformation")
    values |= {"Bucket": BUCKET, "Origins": "https://acme.example"}
    getattr(cloudformation, f"{verb}_stack")(
        StackName=NAME,
        TemplateBody=(ROOT / "infrastructure" / "template.yaml").read_text(),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()],
    )
    cloudformation.get_waiter(f"stack_{verb}_complete").wait(StackName=NAME, WaiterConfig={"Delay": 1})


def deploy(stage: str, environment: Path, variables: dict[str, str]) -> None:
    make = [sys.executable, "infrastructure/package.py", stage, "--installed", "--environment", str(environment)]
    subprocess.run([*make, "-o", str(environment.with_name(f"{stage}.zip"))], cwd=ROOT, check=True)
    zappa = Path(sys.executable).with_name("zappa")
    own = {**os.environ, "VIRTUAL_ENV": str(environment)}
    subprocess.run([zappa, "deploy", stage], cwd=ROOT, env=own, check=True, timeout=300)
    client("lambda").update_function_configuration(FunctionName=f"{NAME}-{stage}", Environment={"Variables": variables})


def test_what_is_deployed_answers_behind_its_authorizer(place: LocalAws, tmp_path: Path) -> None:
    stack("create")
    variables = {**place.environment, "IMAGESTORE_SECRET_KEY": "a key for tests alone"}
    for stage in ("authorizer", "files"):
        deploy(stage, tmp_path / "environment", variables)
    stack("update", Functions="deployed")
    mappings = client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert {tuple(mapping["FunctionResponseTypes"]) for mapping in mappings} == {("ReportBatchItemFailures",)}

    make_shop()
    [api] = client("apigateway").get_rest_apis()["items"]
    url = f"{place.url}/_aws/execute-api/{api['id']}/files/api/v1/files"
    assert [status(url, bearer) for bearer in (None, "forged", token())] == [401, 401, 200]


def status(url: str, bearer: str | None) -> int:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    return urllib3.request("GET", url, headers=headers, timeout=60, retries=False).status
