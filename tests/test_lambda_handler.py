"""What the handler in front of Zappa lets in, and where it goes."""

import base64
import json
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from django.core import management

from imagestore.common import tasks
from imagestore.common.errors import NotFound
from tests.deployment.lambda_events import authorization, messages, object_created, rest, scheduled

STAGE = {
    "LOG_LEVEL": "WARNING",
    "ENVIRONMENT_VARIABLES": {},
    "DJANGO_SETTINGS": "imagestore.settings",
    "DEBUG": False,
    "BINARY_SUPPORT": True,
    "CONTEXT_HEADER_MAPPINGS": {},
    "EXCEPTION_HANDLER": None,
    "API_STAGE": "files",
    "PROJECT_NAME": "imagestore",
    "DOMAIN": None,
    "AWS_EVENT_MAPPING": {},
}


@pytest.fixture(scope="module")
def handler() -> Iterator[ModuleType]:
    """Zappa reads the module that `zappa package` writes into the ZIP."""
    written = ModuleType("zappa_settings")
    vars(written).update(STAGE)
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(sys.modules, "zappa_settings", written)
        import imagestore.lambda_handler

        yield imagestore.lambda_handler


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the tasks that were executed; the task `lost` fails."""
    names: list[str] = []

    def execute(body: str) -> None:
        if body == "lost":
            raise NotFound("It is gone.")
        names.append(body)

    monkeypatch.setattr(tasks, "execute", execute)
    return names


@pytest.mark.parametrize("domain", ["files", "projects", "scheduler", "webhooks"])
def test_task_messages_are_executed_and_only_the_failed_one_is_reported(
    handler: ModuleType, executed: list[str], domain: str
) -> None:
    answer = handler.handle(messages(f"imagestore-{domain}-tasks", ["one", "lost", "two"]), None)
    assert sorted(executed) == ["one", "two"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}


def test_uploads_go_to_files(handler: ModuleType) -> None:
    bodies = [object_created("not/ours"), "not JSON"]
    assert handler.handle(messages("imagestore-files-uploads", bodies), None) == {
        "batchItemFailures": [{"itemIdentifier": "m1"}]
    }


@pytest.mark.parametrize(
    "queue", ["imagestore-unknown", "other-files-tasks", "files-tasks", "imagestore-files-tasks-dead"]
)
def test_a_queue_that_is_not_known_raises_so_that_nothing_is_acknowledged(
    handler: ModuleType, executed: list[str], queue: str
) -> None:
    with pytest.raises(handler.EventRefused, match=queue):
        handler.handle(messages(queue, ["one"]), None)
    assert executed == []


def test_a_stage_refuses_queues_of_what_it_does_not_mount(
    handler: ModuleType, executed: list[str], settings: Any
) -> None:
    settings.IMAGESTORE_DOMAINS = ["projects"]
    for queue in ("imagestore-files-tasks", "imagestore-files-uploads"):
        with pytest.raises(handler.EventRefused):
            handler.handle(messages(queue, ["one"]), None)
    settings.IMAGESTORE_DOORS = ["api"]
    with pytest.raises(handler.EventRefused):
        handler.handle(messages("imagestore-projects-tasks", ["one"]), None)
    assert executed == []


SNS = {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": json.dumps({"command": "os.abort"})}}]}
S3_ITSELF = {"Records": [{"eventSource": "aws:s3", "s3": {"configurationId": "x:os.abort"}}]}


@pytest.mark.parametrize(
    "event",
    [
        {"raw_command": "raise SystemExit"},
        {"command": "os.abort"},
        SNS,
        S3_ITSELF,
        {"Records": []},
        {**rest("GET", "/api/v1/files"), "type": "REQUEST", "methodArn": "arn"},
        {"version": "2.0", "rawPath": "/api/v1/files"},
        scheduled("os.abort"),
        {"manage": "check", "command": "os.abort"},
        {"triggerSource": "PreSignUp_SignUp"},
        {},
    ],
)
def test_what_is_not_listed_is_refused(handler: ModuleType, event: dict[str, Any]) -> None:
    with pytest.raises(handler.EventRefused):
        handler.handle(event, None)


def test_a_request_is_answered_by_django(handler: ModuleType) -> None:
    answer = handler.handle(rest("GET", "/healthz"), None)
    assert (answer["statusCode"], answer["body"]) == (200, '{"status": "alive"}')


def test_a_problem_is_text_that_the_gateway_passes_on(handler: ModuleType) -> None:
    answer = handler.handle(rest("GET", "/api/v1/nothing"), None)
    body = answer["body"]
    text = base64.b64decode(body) if answer.get("isBase64Encoded") else body
    assert (answer["statusCode"], json.loads(text)["code"]) == (404, "not-found")


def test_a_bad_token_is_unauthorized(handler: ModuleType) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        handler.handle(authorization("Bearer nonsense"), None)


def test_a_scheduled_event_runs_its_job_and_keep_warm_nothing(
    handler: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    monkeypatch.setattr("scheduler.operations.start_run", lambda **told: ran.append(told["job"]))
    handler.handle(scheduled("scheduler.events.sweep"), None)
    handler.handle(scheduled("handler.keep_warm_callback"), None)
    assert ran == ["sweep"]


def test_support_may_run_the_commands_of_the_project(handler: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[tuple[str, ...]] = []
    monkeypatch.setattr(management, "call_command", lambda *words: called.append(words))
    assert handler.handle({"manage": 'pause_deletion --reason "a look first"'}, None) == {}
    assert called == [("pause_deletion", "--reason", "a look first")]


@pytest.mark.parametrize("line", ["shell -c print()", "runserver", "nothing_such"])
def test_support_may_not_run_those_of_django(handler: ModuleType, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(management, "call_command", pytest.fail)
    with pytest.raises(handler.EventRefused, match=line.split(maxsplit=1)[0]):
        handler.handle({"manage": line}, None)
