"""The template makes what `make run` makes: the table, the bucket and the queues of imagestore/local."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml

from imagestore.common import aws
from imagestore.common.objects import ARCHIVE_TAG
from imagestore.local.bootstrap import bootstrap
from imagestore.local.bucket import ABANDONED_UPLOAD_DAYS, COLD, REPLACED_VERSION_DAYS
from imagestore.local.queues import TASKS, UPLOADS, queue_url
from imagestore.local.tables import TTL_ATTRIBUTE
from projects.packages import rules
from tests.support.ministack import LocalAws

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = (ROOT / "infrastructure" / "template.yaml").read_text()
SETTINGS = json.loads((ROOT / "zappa_settings.json").read_text())


class _Loader(yaml.SafeLoader):
    """CloudFormation's short forms: `!Ref x` becomes {"Ref": "x"}."""


def _short_form(loader: _Loader, name: str, node: Any) -> dict[str, Any]:
    return {name: loader.construct_scalar(node) if node.id == "scalar" else loader.construct_sequence(node)}


_Loader.add_multi_constructor("!", _short_form)


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.load(TEMPLATE, Loader=_Loader)  # noqa: S506, it is a SafeLoader
    return {name: resource["Properties"] for name, resource in parsed["Resources"].items()}


@pytest.fixture
def stack(empty_aws: LocalAws) -> Iterator[LocalAws]:
    client: Any = botocore.session.get_session().create_client("cloudformation")
    values = {"Name": empty_aws.table, "Bucket": empty_aws.bucket, "Origins": "https://acme.example"}
    client.create_stack(
        StackName=empty_aws.table,
        TemplateBody=TEMPLATE,
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()],
    )
    client.get_waiter("stack_create_complete").wait(
        StackName=empty_aws.table, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    yield empty_aws
    client.delete_stack(StackName=empty_aws.table)


def test_the_stack_has_the_table_bucket_and_queues_of_the_local_bootstrap(stack: LocalAws, bind: Any) -> None:
    made = (shape(stack.table), bucket(stack.bucket), queues())
    local = bind(stack.url)
    bootstrap(["https://acme.example"])
    assert made == (shape(local.table), bucket(local.bucket), queues())


def test_what_the_local_aws_takes_from_no_stack_is_as_in_the_bootstrap(resources: dict[str, Any]) -> None:
    assert resources["Table"]["TimeToLiveSpecification"] == {"AttributeName": TTL_ATTRIBUTE, "Enabled": True}
    abandoned, replaced, archived = resources["Photos"]["LifecycleConfiguration"]["Rules"]
    assert abandoned["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": ABANDONED_UPLOAD_DAYS}
    assert replaced["NoncurrentVersionExpiration"] == {"NoncurrentDays": REPLACED_VERSION_DAYS}
    name, value = ARCHIVE_TAG
    assert archived["TagFilters"] == [{"Key": name, "Value": value}]
    assert archived["Transitions"] == [{"StorageClass": COLD, "TransitionInDays": 0}]


def test_storage_tells_of_every_way_in_and_pages_may_use_each(resources: dict[str, Any]) -> None:
    """PUTs and completed parts under an original's key, forms under in/: so no filter, and every kind of arrival."""
    (told,) = resources["Photos"]["NotificationConfiguration"]["QueueConfigurations"]
    assert (told["Event"], "Filter" in told) == ("s3:ObjectCreated:*", False)
    (rule,) = resources["Photos"]["CorsConfiguration"]["CorsRules"]
    assert {"PUT", "POST"} <= set(rule["AllowedMethods"])
    assert {"ETag", "Location"} <= set(rule["ExposedHeaders"])


@pytest.mark.parametrize("role", ["FilesRole", "PublicRole"])
def test_who_takes_uploads_in_parts_may_do_all_that_they_need(resources: dict[str, Any], role: str) -> None:
    statements = resources[role]["Policies"][0]["PolicyDocument"]["Statement"]
    allowed = {action for statement in statements for action in statement["Action"]}
    assert {"s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"} <= allowed


@pytest.mark.parametrize("role", ["FilesRole", "ProjectsRole"])
def test_who_sweeps_marks_what_is_archived(resources: dict[str, Any], role: str) -> None:
    statements = resources[role]["Policies"][0]["PolicyDocument"]["Statement"]
    allowed = {action for statement in statements for action in statement["Action"]}
    assert {"s3:PutObjectTagging", "s3:PutObjectVersionTagging"} <= allowed


def test_who_builds_packages_writes_them_in_parts_and_aborts_what_others_left_open(resources: dict[str, Any]) -> None:
    statements = resources["ProjectsRole"]["Policies"][0]["PolicyDocument"]["Statement"]
    allowed = {action for statement in statements for action in statement["Action"]}
    assert {
        "s3:GetObjectVersion",
        "s3:PutObject",
        "s3:AbortMultipartUpload",
        "s3:ListBucketMultipartUploads",
    } <= allowed


def test_a_package_has_as_long_as_a_function_may_run_and_nothing_waits_behind_it(resources: dict[str, Any]) -> None:
    assert SETTINGS["projects"]["timeout_seconds"] == 900
    assert timedelta(seconds=900) > rules.LEASE
    assert resources["ProjectsTasksFeed"]["BatchSize"] == 1


def test_who_opens_shares_may_do_all_that_copies_and_saves_need(resources: dict[str, Any]) -> None:
    statements = resources["PublicRole"]["Policies"][0]["PolicyDocument"]["Statement"]
    of_table = next(statement for statement in statements if "dynamodb:GetItem" in statement["Action"])
    of_queues = next(statement for statement in statements if "sqs:SendMessage" in statement["Action"])
    assert {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"} <= set(
        of_table["Action"]
    )
    assert {"GetAtt": "ProjectsTasks.Arn"} in of_queues["Resource"]
    assert SETTINGS["public"]["environment_variables"]["IMAGESTORE_DOMAINS"] == "files,projects"
    assert "Share-Access" in SETTINGS["base"]["cors"]["allowed_headers"]


def test_every_stage_has_a_role_of_its_own_that_allows_nothing_by_star(resources: dict[str, Any]) -> None:
    roles = {value["RoleName"]["Sub"]: value for name, value in resources.items() if name.endswith("Role")}
    stages = [stage for stage in SETTINGS if stage != "base"]
    assert {SETTINGS[stage]["role_name"] for stage in stages} == {
        role.replace("${Name}", "imagestore") for role in roles
    }
    for role in roles.values():
        for statement in role["Policies"][0]["PolicyDocument"]["Statement"]:
            assert "*" not in str(statement["Action"])
            # Metrics have no resources of their own.
            assert statement["Resource"] != "*" or statement["Action"] == "cloudwatch:GetMetricData"


def test_queues_feed_their_stage_and_lose_no_message_of_a_batch(resources: dict[str, Any]) -> None:
    feeds = {name: value for name, value in resources.items() if name.endswith("Feed")}
    assert len(feeds) == 5
    for name, feed in feeds.items():
        assert feed["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        stage = feed["FunctionName"]["Sub"].removeprefix("${Name}-")
        timeout = SETTINGS[stage].get("timeout_seconds", SETTINGS["base"]["timeout_seconds"])
        assert resources[name.removesuffix("Feed")]["VisibilityTimeout"] >= 6 * timeout


def shape(table: str) -> dict[str, Any]:
    described: Any = aws.dynamodb().describe_table(TableName=table)["Table"]
    indexes = {
        index["IndexName"]: (index["KeySchema"], index["Projection"]) for index in described["GlobalSecondaryIndexes"]
    }
    attributes = sorted(attribute["AttributeName"] for attribute in described["AttributeDefinitions"])
    return {"keys": described["KeySchema"], "indexes": indexes, "attributes": attributes}


def bucket(name: str) -> dict[str, Any]:
    client: Any = aws.s3()
    [rule] = client.get_bucket_cors(Bucket=name)["CORSRules"]
    [told] = client.get_bucket_notification_configuration(Bucket=name)["QueueConfigurations"]
    return {
        "versioning": client.get_bucket_versioning(Bucket=name)["Status"],
        "cors": {key: value for key, value in rule.items() if key != "ID"},
        "told": (told["Events"], told["QueueArn"].endswith("files-uploads")),
        "public": client.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"],
    }


def queues() -> dict[str, Any]:
    found = {}
    for name in (UPLOADS, *TASKS):
        answer = aws.sqs().get_queue_attributes(QueueUrl=queue_url(name), AttributeNames=["All"])["Attributes"]
        redrive = json.loads(answer["RedrivePolicy"])
        found[name] = (int(redrive["maxReceiveCount"]), redrive["deadLetterTargetArn"].endswith(f"{name}-dead"))
    return found
