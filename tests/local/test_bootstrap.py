"""What bootstrap makes on a local AWS that enforces signatures, and that it may be repeated."""

import os
import signal
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import orjson

from imagestore.common import aws
from imagestore.local.bootstrap import bootstrap
from imagestore.local.emulator import Emulator
from imagestore.local.queues import TASKS, UPLOADS, queue_arn, queue_url
from tests.support.ministack import LocalAws


def send(request: urllib.request.Request) -> tuple[int, dict[str, str]]:
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, dict(answer.headers.items())
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, dict(refused.headers.items())


def queue_attributes(name: str) -> Mapping[str, str]:
    answer = aws.sqs().get_queue_attributes(QueueUrl=queue_url(name), AttributeNames=["All"])
    return cast(Mapping[str, str], answer["Attributes"])


def uploaded_keys(wanted: int) -> list[str]:
    """Keys of the first `wanted` upload events; S3's own test event is passed over."""
    keys: list[str] = []
    for _ in range(10):
        messages = aws.sqs().receive_message(QueueUrl=queue_url(UPLOADS), MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in messages.get("Messages", []):
            keys += [record["s3"]["object"]["key"] for record in orjson.loads(message["Body"]).get("Records", [])]
        if len(keys) >= wanted:
            break
    return keys


def test_the_table_has_its_indexes_ttl_and_recovery(local_aws: LocalAws) -> None:
    client = aws.dynamodb()
    table = client.describe_table(TableName=local_aws.table)["Table"]
    indexes = {index["IndexName"]: index for index in table["GlobalSecondaryIndexes"]}
    assert set(indexes) == {"by_owner", "by_due", "by_attention"}
    assert {index["Projection"]["ProjectionType"] for index in indexes.values()} == {"KEYS_ONLY"}
    assert [key["AttributeName"] for key in indexes["by_due"]["KeySchema"]] == ["due_bucket", "due_sort"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    ttl = client.describe_time_to_live(TableName=local_aws.table)["TimeToLiveDescription"]
    assert (ttl["TimeToLiveStatus"], ttl["AttributeName"]) == ("ENABLED", "expires_at")
    backups = client.describe_continuous_backups(TableName=local_aws.table)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_every_queue_hands_on_to_its_dead_letter_queue(local_aws: LocalAws) -> None:
    for name in (UPLOADS, *TASKS):
        attributes = aws.sqs().get_queue_attributes(QueueUrl=queue_url(name), AttributeNames=["All"])["Attributes"]
        redrive = orjson.loads(attributes["RedrivePolicy"])
        assert redrive["deadLetterTargetArn"] == queue_arn(f"{name}-dead")
        assert int(redrive["maxReceiveCount"]) == 5
        assert attributes["VisibilityTimeout"] == ("15" if name == UPLOADS else "60")
        assert attributes["QueueArn"] == queue_arn(name)


def test_a_repeat_keeps_what_is_stored_and_sets_right_what_differs(local_aws: LocalAws) -> None:
    row = {"pk": {"S": "a"}, "sk": {"S": "a"}}
    aws.dynamodb().put_item(TableName=local_aws.table, Item=row)
    aws.s3().put_object(Bucket=local_aws.bucket, Key="00/kept", Body=b"kept")
    aws.sqs().set_queue_attributes(QueueUrl=queue_url("files-tasks"), Attributes={"VisibilityTimeout": "3"})
    bootstrap()
    assert aws.dynamodb().get_item(TableName=local_aws.table, Key=row)["Item"] == row
    assert aws.s3().get_object(Bucket=local_aws.bucket, Key="00/kept")["Body"].read() == b"kept"
    assert queue_attributes("files-tasks")["VisibilityTimeout"] == "60"


def test_a_lost_queue_comes_back(local_aws: LocalAws) -> None:
    aws.sqs().delete_queue(QueueUrl=queue_url(UPLOADS))
    bootstrap()
    aws.s3().put_object(Bucket=local_aws.bucket, Key="00/after", Body=b"1")
    assert uploaded_keys(1) == ["00/after"]


def test_an_upload_arrives_in_the_queue(local_aws: LocalAws) -> None:
    aws.s3().put_object(Bucket=local_aws.bucket, Key="00/shop/01", Body=b"photo")
    assert uploaded_keys(1) == ["00/shop/01"]


def test_strangers_read_nothing_and_write_nothing(local_aws: LocalAws) -> None:
    aws.s3().put_object(Bucket=local_aws.bucket, Key="00/secret", Body=b"photo")
    address = f"{local_aws.url}/{local_aws.bucket}/00/secret"
    assert send(urllib.request.Request(address))[0] == 403
    assert send(urllib.request.Request(address, data=b"mine", method="PUT"))[0] == 403
    assert send(urllib.request.Request(f"{local_aws.url}/{local_aws.bucket}"))[0] == 403


def test_a_signed_put_binds_type_and_first_write(local_aws: LocalAws) -> None:
    parameters = {
        "Bucket": local_aws.bucket,
        "Key": "00/once",
        "ContentType": "image/jpeg",
        "IfNoneMatch": "*",
    }
    url = aws.s3().generate_presigned_url("put_object", Params=parameters, ExpiresIn=60)
    headers = {"Content-Type": "image/jpeg", "If-None-Match": "*"}

    def put(**changed: str) -> int:
        sent = {**headers, **{name.replace("_", "-"): value for name, value in changed.items()}}
        return send(urllib.request.Request(url, data=b"photo", method="PUT", headers=sent))[0]

    assert put(Content_Type="text/html") == 403
    assert put() == 200
    assert put() == 412


def test_only_the_given_origins_may_upload_from_a_browser(local_aws: LocalAws) -> None:
    def preflight(origin: str) -> tuple[int, dict[str, str]]:
        headers = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
        address = f"{local_aws.url}/{local_aws.bucket}/00/any"
        return send(urllib.request.Request(address, method="OPTIONS", headers=headers))

    status, headers = preflight("http://127.0.0.1:8000")
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, "http://127.0.0.1:8000")
    assert "ETag" in headers["Access-Control-Expose-Headers"]
    assert "Location" in headers["Access-Control-Expose-Headers"]
    assert preflight("https://elsewhere.example")[0] == 403


def test_a_removed_object_stays_as_a_version(local_aws: LocalAws) -> None:
    aws.s3().put_object(Bucket=local_aws.bucket, Key="00/gone", Body=b"photo")
    aws.s3().delete_object(Bucket=local_aws.bucket, Key="00/gone")
    versions = aws.s3().list_object_versions(Bucket=local_aws.bucket)
    assert [version["Key"] for version in versions["Versions"]] == ["00/gone"]
    rules = aws.s3().get_bucket_lifecycle_configuration(Bucket=local_aws.bucket)["Rules"]
    assert {rule["ID"] for rule in rules} == {"abandoned-uploads", "replaced-versions", "archived"}


def test_after_a_hard_end_it_brings_a_usable_state_again(bind: Callable[[str], LocalAws], tmp_path: Path) -> None:
    local = Emulator(state=tmp_path)
    local.start()
    place = bind(local.url)
    bootstrap()
    aws.s3().put_object(Bucket=place.bucket, Key="00/before", Body=b"1")
    os.kill(cast(int, local.pid), signal.SIGKILL)
    local.stop()
    with Emulator(port=local.port, state=tmp_path):
        bootstrap()
        row = {"pk": {"S": "a"}, "sk": {"S": "a"}}
        aws.dynamodb().put_item(TableName=place.table, Item=row)
        assert aws.dynamodb().get_item(TableName=place.table, Key=row)["Item"] == row
        aws.s3().put_object(Bucket=place.bucket, Key="00/after", Body=b"2")
        assert aws.s3().get_object(Bucket=place.bucket, Key="00/after")["Body"].read() == b"2"
        assert uploaded_keys(1) == ["00/after"]
