"""The local AWS as a child process: how it starts, what it says when it cannot, what it keeps."""

import socket
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from imagestore.local import emulator, ports
from imagestore.local.emulator import CREDENTIALS, REGION, Emulator
from imagestore.local.errors import StartFailed
from imagestore.local.process import wait_until


def client(service: Any, url: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


def put_row_and_object(url: str) -> None:
    client("dynamodb", url).create_table(
        TableName="rows",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client("dynamodb", url).put_item(TableName="rows", Item={"pk": {"S": "a"}})
    client("s3", url).create_bucket(Bucket="things", CreateBucketConfiguration={"LocationConstraint": REGION})
    client("s3", url).put_object(Bucket="things", Key="a", Body=b"bytes")


def test_it_answers_while_the_block_runs_and_not_after() -> None:
    with Emulator() as local:
        assert emulator.answers(local.port)
        assert local.url == f"http://127.0.0.1:{local.port}"
    assert not emulator.answers(local.port)
    assert ports.is_free(local.port)


def test_it_listens_on_loopback_only() -> None:
    with Emulator() as local:
        listening = Path("/proc/net/tcp").read_text().splitlines()[1:]
        addresses = {row.split()[1] for row in listening if row.split()[3] == "0A"}
    assert f"0100007F:{local.port:04X}" in addresses
    assert f"00000000:{local.port:04X}" not in addresses


def test_a_clean_stop_keeps_rows_and_objects(tmp_path: Path) -> None:
    with Emulator(state=tmp_path) as local:
        put_row_and_object(local.url)
    with Emulator(state=tmp_path) as local:
        row = client("dynamodb", local.url).get_item(TableName="rows", Key={"pk": {"S": "a"}})
        body = client("s3", local.url).get_object(Bucket="things", Key="a")["Body"].read()
    assert row["Item"] == {"pk": {"S": "a"}}
    assert body == b"bytes"


def test_without_a_state_folder_nothing_is_kept() -> None:
    with Emulator() as local:
        put_row_and_object(local.url)
    with Emulator(port=local.port) as local:
        assert client("dynamodb", local.url).list_tables()["TableNames"] == []


def test_a_stranger_is_refused() -> None:
    with Emulator() as local:
        stranger = boto3.client(
            "sqs",
            endpoint_url=local.url,
            region_name=REGION,
            aws_access_key_id="AKIASTRANGERSTRANGER",
            aws_secret_access_key="wrong",
        )
        with pytest.raises(ClientError):
            stranger.list_queues()


def test_a_taken_port_is_named_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartFailed, match=rf"^Port {port} is taken: [^\n]+$"):
            Emulator(port=port).start()


def test_a_child_that_dies_at_start_is_reported_with_its_last_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulator, "COMMAND", (sys.executable, "-c", "raise SystemExit('cannot read the state')"))
    broken = Emulator()
    with pytest.raises(StartFailed, match=r"^The local AWS ended at start \(exit code 1\): cannot read the state$"):
        broken.start()
    assert broken.pid is None


def test_stopping_twice_and_before_a_start_is_harmless() -> None:
    local = Emulator()
    local.stop()
    local.start()
    pid = local.pid
    local.stop()
    local.stop()
    assert wait_until(lambda: not Path(f"/proc/{pid}").exists(), 5)
