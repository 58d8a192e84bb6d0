"""RFC 9457 answers: every error of the API has a stable `type`, a `code`, a sentence and the field at fault."""

import logging
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError
from pydantic import ConfigDict, Field

from imagestore.common import aws, errors, idempotency
from imagestore.common.bodies import NoJson
from imagestore.common.idempotency import RequestUnderWay

PATH_SIGNS = "/:@!$&'()*+,;=~"
LONGEST_TOLD = 500
log = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"
STATUS: dict[type[errors.DomainError], int] = {
    errors.Invalid: 422,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.PreconditionFailed: 412,
    errors.PreconditionRequired: 428,
    errors.TooLarge: 413,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}
RETRY_AFTER = {503: "2", 429: "30"}
TITLES = {
    400: ("bad-request", "The request cannot be read"),
    404: ("not-found", "Not found"),
    405: ("method-not-allowed", "This method is not allowed here"),
    413: ("too-large", "The request is too large"),
    415: ("unsupported-media-type", "The body must be application/json in UTF-8"),
    500: ("internal-error", "Something went wrong on our side"),
}


class Problem(Schema):
    """RFC 9457 problem details. Further members depend on the problem: limits, states, holders."""

    model_config = ConfigDict(extra="allow")
    type: str = Field(examples=["urn:imagestore:problem:not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    code: str = Field(description="Stable word to branch on.", examples=["not-found"])
    detail: str = Field(examples=["There is no file with this id."])
    field: str | None = Field(None, description="The input at fault, as a dotted path.")


def responses(*statuses: int) -> dict[int, Any]:
    """For a route's `response=`: the problems that it may answer besides those of every route."""
    return dict.fromkeys({400, 401, 403, 422, 429, 500, 503, *statuses}, Problem)


def answer(status: int, code: str, title: str, detail: str, **members: object) -> HttpResponse:
    body = {
        "type": f"urn:imagestore:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
    }
    body |= {name: value for name, value in members.items() if value is not None}
    response = HttpResponse(orjson.dumps(body, default=str), status=status, content_type=CONTENT_TYPE)
    if status in RETRY_AFTER:
        response["Retry-After"] = RETRY_AFTER[status]
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def of_error(error: errors.DomainError) -> HttpResponse:
    status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
    response = answer(status, error.code, error.title, error.text, field=error.field, **error.facts)
    if isinstance(error, errors.TooMany) and "retry_after" in error.facts:
        response["Retry-After"] = str(error.facts["retry_after"])
    if isinstance(error, RequestUnderWay):
        response["Retry-After"] = str(int(idempotency.UNDER_WAY.total_seconds() / 10))
    return response


def of_status(status: int, detail: str, field: str | None = None) -> HttpResponse:
    code, title = TITLES.get(status, (f"http-{status}", "The request was refused"))
    return answer(status, code, title, detail, field=field)


def of_http(error: HttpError) -> HttpResponse:
    """What Ninja refuses by itself: most often a body that is no JSON."""
    cause = error.__cause__
    if not isinstance(cause, NoJson):
        return of_status(error.status_code, str(error))
    where = f", at line {cause.line}, column {cause.column}" if cause.line else ""
    code, title = TITLES[400]
    return answer(
        400, code, title, f"The body cannot be read as JSON: {cause.text}{where}.",
        field=cause.name or "body", line=cause.line, column=cause.column,
    )  # fmt: skip


def of_validation(found: Sequence[dict[str, Any]]) -> HttpResponse:
    """Names the first field at fault on top and lists all of them under `errors`."""
    listed = [{"field": _path(entry["loc"]), "text": entry["msg"]} for entry in found]
    return answer(
        422, "invalid", "The request is not valid", f"{listed[0]['field']}: {listed[0]['text']}",
        field=listed[0]["field"], errors=listed,
    )  # fmt: skip


def _path(location: Sequence[str | int]) -> str:
    """Without the place (body, query, path) and the name of the function's parameter."""
    parts = [str(part) for part in location]
    return ".".join(parts[2:] if parts[0] == "body" and len(parts) > 2 else parts[1:]) or parts[-1]


def path_of(request: HttpRequest) -> str:
    """The path as it was asked for, for the log: on one line whatever it holds, and no longer than helps."""
    return quote(request.path, safe=PATH_SIGNS)[:LONGEST_TOLD]


def _unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("%s %s: storage failed: %s", request.method, path_of(request), error)
    return of_error(aws.unavailable(error))


def install(api: NinjaAPI) -> None:
    handlers: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
        errors.DomainError: lambda request, error: of_error(error),
        ValidationError: lambda request, error: of_validation(error.errors),
        HttpError: lambda request, error: of_http(error),
        Http404: lambda request, error: of_status(404, "There is nothing at this address."),
    }
    for failure in aws.FAILURES:
        handlers[failure] = _unavailable
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)
