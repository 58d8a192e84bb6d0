"""What nobody thought of: requests made from the OpenAPI document itself, good and bad, and every answer held to it."""

from itertools import count
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok

from tests.support.world import make_shop, token

EXAMPLES = 20
document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
OPERATIONS = {found.ok().label: found.ok() for found in document.get_all_operations() if isinstance(found, Ok)}
_numbers = count()


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_answered_is_what_the_document_says(moto_aws: None, operation: str, mode: GenerationMode) -> None:
    make_shop()
    headers = {"Authorization": f"Bearer {token(customer=None)}"}

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(OPERATIONS[operation].as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        if mode is GenerationMode.POSITIVE:
            as_a_client_would(case)
        case.call_and_validate(headers=headers)

    ask()


def as_a_client_would(case: Case[Any]) -> None:
    """What no schema can say: a shop's server names one customer or one session, cursors are handed back as they were
    given, and a key is used for one call."""
    taken = {parameter.name for parameter in case.operation.query}
    if "customer" in taken:
        case.query = {**(case.query or {}), "customer": "anna"}
        case.query.pop("session", None)
        case.query.pop("cursor", None)
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"{case.headers['Idempotency-Key']}"[:200] + str(next(_numbers))


def test_each_operation_is_asked() -> None:
    assert len(OPERATIONS) > 20
    assert all(isinstance(operation, schemathesis.APIOperation) for operation in OPERATIONS.values())
