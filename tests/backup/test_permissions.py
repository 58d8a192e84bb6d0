"""What the template's OperatorPolicy allows is enough for backup, drill and reconcilers, on a local AWS that asks."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from django.core.management import call_command

from files import keys
from imagestore.common import aws, clock, ids
from imagestore.common.aws import AwsError
from tests.support.ministack import LocalAws
from tests.support.packages import project_of
from tests.support.uploads import stored_photos
from tests.support.world import customer, make_shop

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = (ROOT / "infrastructure" / "template.yaml").read_text()


def client(service: str) -> Any:
    return botocore.session.get_session().create_client(service)


@pytest.fixture
def operator(empty_aws: LocalAws, sent: list[Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalAws]:
    """A shop in the template's own table and bucket, and the credentials of somebody with the policy alone."""
    values = {"Name": empty_aws.table, "Bucket": empty_aws.bucket, "Origins": "https://acme.example"}
    formation, iam, name = client("cloudformation"), client("iam"), empty_aws.table
    formation.create_stack(
        StackName=name,
        TemplateBody=TEMPLATE,
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
    )
    formation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    aws.s3().create_bucket(
        Bucket=f"{empty_aws.bucket}-backups", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    make_shop()
    project_of(stored_photos(2, customer()))
    iam.create_user(UserName=name)
    policy = next(one for one in iam.list_policies()["Policies"] if one["PolicyName"] == f"{name}-operator")
    iam.attach_user_policy(UserName=name, PolicyArn=policy["Arn"])
    made = iam.create_access_key(UserName=name)["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", made["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", made["SecretAccessKey"])
    aws.reset()
    yield empty_aws
    formation.delete_stack(StackName=name)


def test_an_operator_backs_up_drills_and_reconciles(operator: LocalAws) -> None:
    place = f"s3://{operator.bucket}-backups/today"
    quiet = {"stdout": StringIO(), "stderr": StringIO()}
    call_command("backup", "--to", place, "--reason", "a drill", "--with-objects", **quiet)
    names = ("--table", f"{operator.table}-drill", "--bucket", f"{operator.bucket}-drill")
    call_command("restore_drill", place, *names, **quiet)
    call_command("restore_drill", "--remove", *names[:2], **quiet)
    call_command("reconcile_files", "--repair", "--scrub", "2", "--at-rest", **quiet)
    call_command("reconcile_objects", "--repair", "--at-rest", **quiet)
    call_command("reconcile_holders", "--repair", **quiet)


def test_and_may_neither_remove_the_table_nor_put_a_photo(operator: LocalAws) -> None:
    with pytest.raises(AwsError, match="AccessDenied"):
        aws.dynamodb().delete_table(TableName=operator.table)
    with pytest.raises(AwsError, match="AccessDenied"):
        aws.s3().put_object(Bucket=operator.bucket, Key=keys.object_key("acme", ids.new_id(clock.now())), Body=b"")
