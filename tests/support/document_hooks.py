"""What no schema can say, for requests that schemathesis makes from the OpenAPI document, in tests and on its own."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import schemathesis
from schemathesis import Case, GenerationMode, HookContext

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
    for moment in ("keep_until", "expires_at"):
        if isinstance(case.body, dict) and case.body.get(moment):
            case.body = {**case.body, moment: (datetime.now(UTC) + timedelta(days=1)).isoformat()}
