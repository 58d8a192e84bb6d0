"""Which processes a local imagestore has."""

from pathlib import Path

import pytest

from imagestore.local.children import children
from imagestore.local.place import Place
from imagestore.local.supervisor import Child


@pytest.fixture(autouse=True)
def every_domain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IMAGESTORE_DOMAINS", raising=False)


def parts(state: Path) -> dict[str, Child]:
    place = Place(state=state, port=8000, emulator_port=4566)
    return {child.name: child for child in children(place, lambda line: None)}


def queues_of(worker: Child) -> list[str]:
    return worker.command[worker.command.index("-Q") + 1].split(",")


def test_the_local_aws_starts_first_and_so_ends_last(tmp_path: Path) -> None:
    assert list(parts(tmp_path)) == ["aws", "worker", "poller", "server"]


def test_the_worker_serves_every_task_queue(tmp_path: Path) -> None:
    worker = parts(tmp_path)["worker"]
    assert queues_of(worker) == ["files-tasks", "projects-tasks", "scheduler-tasks", "webhooks-tasks"]


def test_a_domain_alone_leaves_the_queues_of_others_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGESTORE_DOMAINS", "scheduler")
    alone = parts(tmp_path)
    assert "poller" not in alone
    assert queues_of(alone["worker"]) == ["scheduler-tasks", "webhooks-tasks"]


def test_everything_listens_on_loopback(tmp_path: Path) -> None:
    assert "127.0.0.1:8000" in parts(tmp_path)["server"].command
    assert parts(tmp_path)["aws"].environment["BIND_HOST"] == "127.0.0.1"
