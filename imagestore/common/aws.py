"""The AWS clients, bound to settings when first used. Every call is counted by `account`."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
import orjson
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import JSONParser, ResponseParserFactory

from imagestore.common import account
from imagestore.common.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

AwsError = ClientError
FAILURES = (ClientError, BotoCoreError)
_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 5},
    connect_timeout=3,
    read_timeout=20,
    max_pool_connections=64,
    parameter_validation=False,
)


class _RowParser(JSONParser):
    """Answers of DynamoDB are plain JSON: no walk over shapes. Binary values stay base64 text."""

    def _handle_json_body(self, raw_body: bytes, shape: object) -> Any:
        return orjson.loads(raw_body) if raw_body else {}


class _RowParserFactory(ResponseParserFactory):
    def create_parser(self, protocol_name: str) -> Any:
        return _RowParser(**self._defaults) if protocol_name == "json" else super().create_parser(protocol_name)


@cache
def dynamodb() -> "DynamoDBClient":
    session = botocore.session.get_session()
    session.register_component("response_parser_factory", _RowParserFactory())
    return _client(session, "dynamodb", _CONFIG)  # type: ignore[no-any-return]


@cache
def s3() -> "S3Client":
    config = _CONFIG.merge(Config(signature_version="s3v4", s3={"addressing_style": _addressing_style()}))
    return _client(botocore.session.get_session(), "s3", config)  # type: ignore[no-any-return]


@cache
def sqs() -> "SQSClient":
    return _client(botocore.session.get_session(), "sqs", _CONFIG.merge(Config(read_timeout=30)))  # type: ignore[no-any-return]


def reset() -> None:
    """Forgets the clients, so that the next use binds to the settings and credentials of that moment."""
    for client in (dynamodb, s3, sqs):
        client.cache_clear()


def unavailable(error: Exception) -> Unavailable:
    """What a caller is told when a dependency does not answer or sheds load."""
    return Unavailable("A storage service does not answer at the moment. Try again shortly.", cause=type(error).__name__)


def error_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _addressing_style() -> str:
    """A local emulator answers on an address, which cannot carry the bucket as a host name."""
    endpoint = botocore.session.get_session().get_config_variable("endpoint_url") or ""
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
