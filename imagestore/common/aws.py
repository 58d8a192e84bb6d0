"""The AWS clients, bound to settings when first used. Every call is counted by `account`."""

import os
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

import botocore.session
import orjson
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    FlexibleChecksumError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from botocore.loaders import Loader, create_loader
from botocore.parsers import JSONParser, ResponseParserFactory

from imagestore.common import account
from imagestore.common.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

AwsError = ClientError
FAILURES = (ClientError, BotoCoreError)
BROKEN = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError)
"""How the connection may end while an object is being read."""
DAMAGED = FlexibleChecksumError
_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 5},
    connect_timeout=3,
    read_timeout=20,
    max_pool_connections=64,
    parameter_validation=False,
    user_agent="imagestore",  # botocore's own is put together anew for each call, at a twentieth of its cost
)


class _RowParser(JSONParser):
    """Answers of DynamoDB are plain JSON: no walk over shapes. Binary values stay base64 text."""

    def _handle_json_body(self, raw_body: bytes, shape: object) -> Any:
        return orjson.loads(raw_body) if raw_body else {}


class _RowParserFactory(ResponseParserFactory):
    def create_parser(self, protocol_name: str) -> Any:
        return _RowParser() if protocol_name == "json" else super().create_parser(protocol_name)


@cache
def dynamodb() -> "DynamoDBClient":
    session = _session()
    session.register_component("response_parser_factory", _RowParserFactory())
    return _client(session, "dynamodb", _CONFIG)  # type: ignore[no-any-return]


@cache
def s3() -> "S3Client":
    session = _session()
    config = _CONFIG.merge(Config(signature_version="s3v4", s3={"addressing_style": _addressing_style(session)}))
    return _client(session, "s3", config)  # type: ignore[no-any-return]


@cache
def sqs() -> "SQSClient":
    return _client(_session(), "sqs", _CONFIG.merge(Config(read_timeout=30)))  # type: ignore[no-any-return]


class CloudWatchClient(Protocol):
    """As much of it as is used here."""

    def get_metric_data(self, **request: Any) -> Mapping[str, Any]: ...


@cache
def cloudwatch() -> CloudWatchClient:
    """Only figures of a page wait for it: it is asked once, and not for long."""
    impatient = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=1, read_timeout=3)
    return _client(_session(), "cloudwatch", _CONFIG.merge(impatient))  # type: ignore[no-any-return]


def reset() -> None:
    """Forgets the clients, so that the next use binds to the settings and credentials of that moment."""
    for cached in (dynamodb, s3, sqs, cloudwatch, object_url_base):
        cached.cache_clear()


def unavailable(error: Exception) -> Unavailable:
    """What a caller is told when a dependency does not answer or sheds load."""
    return Unavailable(
        "A storage service does not answer at the moment. Try again shortly.", cause=type(error).__name__
    )


def error_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _session() -> botocore.session.Session:
    session = botocore.session.get_session()
    if region := os.environ.get("AWS_REGION"):  # Lambda and settings name it so; botocore knows AWS_DEFAULT_REGION only
        session.set_config_variable("region", region)
    session.register_component("data_loader", _service_models())
    return session


@cache
def _service_models() -> Loader:
    """Read once for all clients: it takes longer than making them."""
    return create_loader()


def _addressing_style(session: botocore.session.Session) -> Literal["path", "virtual"]:
    """A local emulator answers on an address, which cannot carry the bucket as a host name."""
    endpoint = session.get_config_variable("endpoint_url") or ""
    return "path" if endpoint else "virtual"


def _client(session: botocore.session.Session, service: str, config: Config) -> Any:
    client = session.create_client(service, config=config)
    client.meta.events.register(f"provide-client-params.{service}", _remember)
    client.meta.events.register(f"after-call.{service}", _count)
    return client


def _remember(params: Mapping[str, Any], context: dict[str, Any], **_: object) -> None:
    context["imagestore_params"] = params


def _count(parsed: Mapping[str, Any], model: Any, context: dict[str, Any], **_: object) -> None:
    service = model.service_model.service_name
    account.count(service, model.name, context["imagestore_params"], parsed)


class SigningIdentity(NamedTuple):
    access_key: str
    secret_key: str
    token: str | None
    expires_at: datetime | None
    """When the credentials end, and with them every url that they signed; None: not before they are changed."""


def signing_identity() -> SigningIdentity:
    credentials: Any = s3()._get_credentials()  # type: ignore[attr-defined]
    if credentials is None:
        raise Unavailable("The service has no AWS credentials to sign with.")
    frozen = credentials.get_frozen_credentials()
    return SigningIdentity(
        frozen.access_key, frozen.secret_key, frozen.token, getattr(credentials, "_expiry_time", None)
    )


@cache
def object_url_base(bucket: str) -> str:
    """The url before an object key, as botocore's own endpoint rules resolve it for this bucket."""
    url = s3().generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "-"})
    return url.partition("?")[0].removesuffix("-")
