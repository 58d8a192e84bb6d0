"""Events as AWS sends them, cut to what anybody reads."""

import json
from collections.abc import Iterable
from typing import Any

from imagestore.local.emulator import ACCOUNT, REGION

METHOD_ARN = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:a1b2c3/files/POST/api/v1/files"
HEADERS = {"Host": "api.example", "Content-Type": "application/json", "X-Forwarded-Proto": "https"}


def rest(
    method: str, path: str, body: object = None, context: dict[str, str] | None = None, **headers: str
) -> dict[str, Any]:
    """API Gateway's (REST) for its proxy integration; `context` is what the authorizer answered."""
    sent = HEADERS | {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"proxy": path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {"stage": "files", "authorizer": context, "identity": {"sourceIp": "192.0.2.1"}},
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def authorization(bearer: str) -> dict[str, str]:
    return {"type": "TOKEN", "authorizationToken": bearer, "methodArn": METHOD_ARN}


def messages(queue: str, bodies: Iterable[str]) -> dict[str, Any]:
    """A batch of SQS; messages are called m0, m1 …"""
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"
    return {
        "Records": [
            {"messageId": f"m{number}", "body": body, "eventSource": "aws:sqs", "eventSourceARN": arn}
            for number, body in enumerate(bodies)
        ]
    }


def object_created(key: str) -> str:
    return json.dumps({"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": key}}}]})


def scheduled(function: str) -> dict[str, Any]:
    """EventBridge's; Zappa writes the function into the name of the rule."""
    rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/imagestore-scheduler-{function}"
    return {"version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "resources": [rule], "detail": {}}
