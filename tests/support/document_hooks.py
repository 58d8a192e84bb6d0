"""What no schema can say, for requests that schemathesis makes from the OpenAPI document, in tests and on its own."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import schemathesis
from schemathesis import Case, GenerationMode, HookContext

UNKNOWN_ID = "01J9ZQ6W0Z2V5T8K3M4N7P1R6S"
LONGEST_ADDRESS = 8000
"""Servers and gateways take no longer one; nothing of ours sees it."""


@schemathesis.hook
def filter_case(context: HookContext, case: Case[Any]) -> bool:
    return len(str(case.as_transport_kwargs(base_url="http://x").get("params"))) < LONGEST_ADDRESS // 4


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """A good request is made as a client would: a shop's server names one customer or one session, cursors are handed
    back as they were given, a key is used for one call, what ends does so on a day to come, and urls lead somewhere.
    """
    if case.meta is not None and case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if "customer" in {parameter.name for parameter in case.operation.query}:
        case.query = {**(case.query or {}), "customer": "anna"}
        case.query.pop("session", None)
    if case.query:
        case.query.pop("cursor", None)
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"{case.headers['Idempotency-Key']}"[:200] + uuid4().hex
    if isinstance(case.body, dict) and "url" in case.body:
        case.body = {**case.body, "url": "https://hooks.shop.example/imagestore"}
    if isinstance(case.body, dict):
        case.body = _coherent(case.body)
    for moment in ("keep_until", "expires_at"):
        if isinstance(case.body, dict) and case.body.get(moment):
            case.body = {**case.body, moment: (datetime.now(UTC) + timedelta(days=1)).isoformat()}


def _coherent(body: dict[str, Any]) -> dict[str, Any]:
    """Placements name aliases of the project's own files and crop within the photo; an item of an order names one
    thing."""
    if isinstance(placements := body.get("placements"), list):
        names = {one["alias"]: UNKNOWN_ID for one in placements}
        whole = [{name: value for name, value in one.items() if name != "crop"} for one in placements]
        body = {**body, "placements": whole, "files": {**names, **(body.get("files") or {})}}
    if isinstance(items := body.get("items"), list):
        named = [{name: value for name, value in one.items() if name != "cart_item"} for one in items]
        body = {**body, "items": [{**one, "project": one.get("project") or UNKNOWN_ID} for one in named]}
    return body
