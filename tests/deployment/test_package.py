"""Stages are packaged without a network, unpacked into an empty folder and driven with the events of AWS."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as current
from pytest_django import Settings

from files import operations
from files import queries as files_queries
from files.errors import FileNotFound
from files.operations.registering import Registered
from files.records import FileState, NewFile
from imagestore.common import aws, clock
from imagestore.local.queues import queue_url
from projects import operations as projects
from projects import queries as project_queries
from projects.records import Draft
from projects.shares import operations as shares
from projects.shares.records import Mode, Wanted
from scheduler import queries as scheduler_queries
from scheduler.records import RunState
from tests.deployment import lambda_events as events
from tests.deployment.packages import Function, as_stage, package
from tests.support.images import photo
from tests.support.ministack import LocalAws
from tests.support.receiver import Receiver
from tests.support.uploads import put
from tests.support.webhooks import open_endpoint, outbox
from tests.support.world import customer, make_shop, token

Start = Callable[[str], Function]
SECRET_KEY = "a key for tests alone"


@pytest.fixture(scope="module")
def unpacked(packaged: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    folder = tmp_path_factory.mktemp("stages")

    def unpack(stage: str) -> Path:
        there = packaged if stage == "files" else folder / stage
        return there if there.is_dir() else as_stage(stage, packaged, folder)

    return unpack


@pytest.fixture
def start(unpacked: Callable[[str], Path], local_aws: LocalAws) -> Iterator[Start]:
    """Starts the function of a stage against this test's table, bucket and queues, with a shop in it."""
    make_shop()
    variables = {**local_aws.environment, "IMAGESTORE_SECRET_KEY": SECRET_KEY}
    with ExitStack() as running:
        yield lambda stage: running.enter_context(Function(unpacked(stage), variables))


@pytest.fixture
def files(start: Start) -> Function:
    return start("files")


def authorized(files: Function) -> dict[str, str]:
    """What the gateway keeps of the authorizer's answer and adds to each request."""
    context: dict[str, str] = files(events.authorization(f"Bearer {token()}")).answer["context"]
    return context


def registered(files: Function, number: int) -> list[dict[str, Any]]:
    body = {"files": [photo(index).announcement for index in range(number)]}
    answer = files(events.rest("POST", "/api/v1/files", body, authorized(files))).answer
    assert answer["statusCode"] == 201
    items: list[dict[str, Any]] = json.loads(answer["body"])["items"]
    return items


def received(queue: str, number: int) -> list[str]:
    """Bodies of that many messages, as they travel; those that S3 sends to try a queue do not count."""
    bodies: list[str] = []
    for _ in range(10):
        answer = aws.sqs().receive_message(QueueUrl=queue_url(queue), MaxNumberOfMessages=10, WaitTimeSeconds=2)
        bodies += [message["Body"] for message in answer.get("Messages", []) if "s3:TestEvent" not in message["Body"]]
        if len(bodies) >= number:
            break
    assert len(bodies) == number
    return bodies


def batch(queue: str, bodies: list[str]) -> dict[str, Any]:
    return events.messages(f"{current.IMAGESTORE_QUEUE_PREFIX}{queue}", bodies)


def test_a_request_that_no_authorizer_passed_is_unauthenticated(files: Function) -> None:
    answer = files(events.rest("GET", "/api/v1/files")).answer
    assert answer["statusCode"] == 401
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert json.loads(answer["body"])["code"] == "token-missing"


def test_a_token_passes_the_authorizer_and_its_principal_the_api(files: Function) -> None:
    allowed = files(events.authorization(f"Bearer {token()}")).answer
    assert allowed["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    assert allowed["principalId"] == "customer:acme:anna"
    [item] = registered(files, 1)
    answer = files(events.rest("GET", f"/api/v1/files/{item['file']['id']}", context=allowed["context"])).answer
    assert (answer["statusCode"], json.loads(answer["body"])["state"]) == (200, "registered")


def test_a_bad_token_is_refused_in_the_words_that_the_gateway_knows(files: Function) -> None:
    forged = token(shop="acme")[:-8] + "AAAAAAAA"
    refused = files(events.authorization(f"Bearer {forged}"))
    assert (refused.error, refused.text) == ("Exception", "Unauthorized")


def test_good_uploads_are_confirmed_and_only_the_bad_message_is_reported(files: Function) -> None:
    items = registered(files, 2)
    for index, item in enumerate(items):
        assert put(item["upload"], photo(index).body) == 200
    one, two = received("files-uploads", 2)
    answer = files(batch("files-uploads", [one, "poison", two])).answer
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    states = [files_queries.file_of(customer(), item["file"]["id"]).state for item in items]
    assert states == [FileState.STORED, FileState.STORED]


def test_a_confirmed_photo_is_decoded_in_a_child_of_the_function(files: Function) -> None:
    """The child finds the packaged decoder, and nothing else is installed."""
    [item] = registered(files, 1)
    assert put(item["upload"], photo(0).body) == 200
    files(batch("files-uploads", received("files-uploads", 1)))
    assert files(batch("files-tasks", received("files-tasks", 1))).answer == {"batchItemFailures": []}
    file = files_queries.file_of(customer(), item["file"]["id"])
    assert file.printable
    assert file.rendition("preview.webp")


def test_a_share_is_opened_for_browsers_and_programs_and_copied_by_who_is_known(start: Start) -> None:
    public, now = start("public"), clock.now()
    draft, password = Draft("Iceland", b"{}", {}), "grey geyser"
    project = projects.create(draft=draft, owner="customer:anna", principal=customer(), now=now)
    _, link = shares.share(
        project_id=project.id, wanted=Wanted(Mode.COPY, password=password), principal=customer(), now=now
    )
    page = public(events.rest("GET", f"/shared/{link}", Accept="text/html")).answer
    assert (page["statusCode"], "projects/shared.js" in page["body"]) == (200, True)
    assert public(events.rest("GET", "/static/projects/shared.js")).answer["statusCode"] == 200
    locked = public(events.rest("GET", f"/shared/{link}")).answer
    assert (locked["statusCode"], json.loads(locked["body"])["code"]) == (401, "share-password-wanted")
    unlocked = public(events.rest("POST", f"/shared/{link}/unlock", {"password": password})).answer
    access = json.loads(unlocked["body"])["access"]
    shown = public(events.rest("GET", f"/shared/{link}", Share_Access=access)).answer
    assert json.loads(shown["body"])["name"] == "Iceland"
    ben = f"Bearer {token(customer='ben')}"
    copied = public(events.rest("POST", f"/shared/{link}/copy", {}, Share_Access=access, Authorization=ben)).answer
    assert copied["statusCode"] == 201, copied["body"]
    assert project_queries.project_of(customer("ben"), json.loads(copied["body"])["id"]).name == "Iceland"


def test_a_scheduled_job_sends_celery_messages_that_stages_execute(files: Function, start: Start) -> None:
    """Clock → scheduler → queue of files → files → queue of scheduler → scheduler: the run is done."""
    scheduler = start("scheduler")
    forgotten = file_registered(timedelta(days=3))
    assert scheduler(events.scheduled("scheduler.events.sweep")).error is None
    for queue, function in (("files-tasks", files), ("scheduler-tasks", scheduler)):
        assert function(batch(queue, received(queue, 1))).answer == {"batchItemFailures": []}
    [run] = scheduler_queries.recent_runs().items
    assert (run.state, run.planned) == (RunState.DONE, 1)
    with pytest.raises(FileNotFound):
        files_queries.file_of(customer(), forgotten)


def test_events_are_delivered_by_a_stage_of_their_own_and_only_to_the_internet(
    start: Start, receiver: Receiver, settings: Settings
) -> None:
    """Outside development this machine is none of it."""
    settings.SECRET_KEY, now = SECRET_KEY, clock.now()
    project = projects.create(draft=Draft("Iceland", b"{}", {}), owner="customer:anna", principal=customer(), now=now)
    _, link = shares.share(project_id=project.id, wanted=Wanted(Mode.EDIT), principal=customer(), now=now)
    endpoint, public, webhooks = open_endpoint(receiver), start("public"), start("webhooks")
    tag = public(events.rest("GET", f"/shared/{link}")).answer["headers"]["ETag"]
    saved = public(events.rest("PUT", f"/shared/{link}", {"document": {"pages": []}}, If_Match=tag)).answer
    assert saved["statusCode"] == 200, saved["body"]
    assert webhooks(batch("webhooks-tasks", received("webhooks-tasks", 1))).answer == {"batchItemFailures": []}
    (delivery,) = outbox(endpoint)
    assert ([attempt.get("cause") for attempt in delivery.attempts], receiver.seen) == (["address-refused"], [])


def file_registered(ago: timedelta) -> str:
    """A file whose bytes never came; answers its id."""
    wanted = NewFile(**photo().announcement)  # type: ignore[arg-type]
    [item] = operations.register(wanted=[wanted], owner="customer:anna", principal=customer(), now=clock.now() - ago)
    assert isinstance(item, Registered)
    return item.file.id


def test_messages_of_an_unknown_queue_are_not_acknowledged(files: Function) -> None:
    refused = files(batch("files-tasks-of-someone-else", ["{}"]))
    assert refused.error == "EventRefused"


def test_a_stage_executes_nothing_for_the_other_domains(files: Function) -> None:
    assert files(batch("scheduler-tasks", ["{}"])).error == "EventRefused"


def test_code_that_an_event_names_is_not_run(files: Function, tmp_path: Path) -> None:
    trace = tmp_path / "it ran"
    for event in ({"raw_command": f"open({str(trace)!r}, 'w')"}, {"command": "os.abort"}):
        assert files(event).error == "EventRefused"
    assert not trace.exists()
    assert files(events.rest("GET", "/healthz")).answer["statusCode"] == 200


@pytest.mark.proof
@pytest.mark.parametrize("stage", ["public", "scheduler", "webhooks", "console"])
def test_a_packaged_stage_is_the_same_but_for_its_name_and_variables(
    stage: str, unpacked: Callable[[str], Path], tmp_path: Path
) -> None:
    made, derived = package(stage, tmp_path), unpacked(stage)
    settings_of = "zappa_settings.py"
    assert variables(made / settings_of) == variables(derived / settings_of)
    sources = (path.relative_to(made) for path in made.rglob("*.py"))
    # Zappa makes a package of every folder, that of the settings' bytecode too.
    files = {path for path in sources if path.name != settings_of and path.parts[0] != "__pycache__"}
    assert files
    assert [name for name in files if (made / name).read_bytes() != (derived / name).read_bytes()] == []


def variables(settings_file: Path) -> dict[str, object]:
    told: dict[str, object] = {}
    exec(settings_file.read_text(), told)  # noqa: S102 - Zappa wrote it
    del told["__builtins__"]
    return told
