"""Of a batch of messages, those that failed are told, and only those."""

import logging
from collections.abc import Mapping
from typing import Any

import pytest

from imagestore.common.lambda_events import handle_batch


def batch(*bodies: str) -> dict[str, Any]:
    return {"Records": [{"messageId": f"m{index}", "body": body} for index, body in enumerate(bodies)]}


def test_every_message_is_handled_and_the_failed_ones_are_reported(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []

    def handle(message: Mapping[str, Any]) -> None:
        seen.append(message["body"])
        if message["body"] == "bad":
            raise RuntimeError("no good")

    with caplog.at_level(logging.ERROR):
        answer = handle_batch(batch("good", "bad", "good", "bad"), handle)
    assert sorted(seen) == ["bad", "bad", "good", "good"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m3"}]}
    assert "m1" in caplog.text
    assert "no good" in caplog.text


def test_a_batch_without_failures_reports_none() -> None:
    assert handle_batch(batch("a"), lambda message: None) == {"batchItemFailures": []}
    assert handle_batch({"Records": []}, lambda message: None) == {"batchItemFailures": []}
