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


class _Document(OpenAPISchema):
    """The shape of a problem, which nearly all answers have, is made once."""

    def _create_schema_from_model(self, model: Any, *args: Any, **options: Any) -> tuple[dict[str, Any], bool]:
        if [field.annotation for field in model.model_fields.values()] != [problems.Problem]:
            return super()._create_schema_from_model(model, *args, **options)
        if self._problem is None:
            self._problem = super()._create_schema_from_model(model, *args, **options)
        shape, required = self._problem
        return dict(shape), required

    _problem: tuple[dict[str, Any], bool] | None = None


class Api(NinjaAPI):
    def __init__(self, **options: Any) -> None:
        super().__init__(parser=_Parser(), renderer=_Renderer(), **options)
        self._documents: dict[str, OpenAPISchema] = {}

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """Made once for each prefix, when first asked for: that takes seconds. Not to be changed by who reads it."""
        prefix = self.get_root_path(path_params or {}) if path_prefix is None else path_prefix
        if prefix not in self._documents:
            self._documents[prefix] = self._document(prefix)
        return self._documents[prefix]

    def _document(self, prefix: str) -> OpenAPISchema:
        """Problems are answered as application/problem+json, and the document says so, with an example of each."""
        schema = _Document(self, prefix)
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
