"""The one API: routers of the mounted domains, problem documents, orjson on both sides."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from files import queries as files
from imagestore.common import bodies, clock, examples, problems, strict
from imagestore.common.principal import Principal
from imagestore.identity.auth import Bearer
from imagestore.webhooks.api import router as webhooks


class _Parser(Parser):
    def parse_body(self, request: HttpRequest) -> Any:
        return bodies.parsed(request.body)


class _Renderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data)


class Caller(Bearer):
    """A guest's token is good for hours; what it may do ends with the visit. One read for a guest, none for others."""

    def __call__(self, request: HttpRequest) -> Principal:
        principal = super().__call__(request)
        files.check_visit(principal, clock.now())
        return principal


class Api(NinjaAPI):
    def __init__(self, **options: Any) -> None:
        super().__init__(parser=_Parser(), renderer=_Renderer(), **options)

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> OpenAPISchema:
        """Problems are answered as application/problem+json, and the document says so, with an example of each."""
        schema = super().get_openapi_schema(*args, **kwargs)
        for operations in schema["paths"].values():
            for operation in operations.values():
                _document_problems(operation)
        return schema


def _document_problems(operation: dict[str, Any]) -> None:
    parameters = {parameter["name"]: parameter for parameter in operation.get("parameters", [])}
    if "If-Match" in parameters:
        # The route takes it as optional, to answer 428 instead of 422.
        parameters["If-Match"] |= {"required": True, "schema": {"type": "string", "minLength": 1, "maxLength": 512}}
    for status, response in operation["responses"].items():
        if int(status) >= 400 and "application/json" in response.get("content", {}):
            shape = response["content"].pop("application/json")
            shown = examples.of_problems(int(status), operation["tags"][0], parameters)
            response["content"][problems.CONTENT_TYPE] = shape | ({"examples": shown} if shown else {})


api = Api(
    title="imagestore",
    version="1.0.0",
    description="Keeps the photos and designs of photo-product shops. Sizes are bytes, times are UTC (RFC 3339).",
    auth=Caller(),
    docs_url="/docs" if settings.IMAGESTORE_DEVELOPMENT else None,
)
problems.install(api)
api.add_decorator(strict.known_parameters_only)
api.add_router("", webhooks)
for domain in settings.IMAGESTORE_DOMAINS:
    if find_spec(f"{domain}.api"):
        api.add_router("", import_module(f"{domain}.api").router)
