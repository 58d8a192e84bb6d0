"""What nobody thought of: requests made from the OpenAPI document itself, good and bad, and every answer held to it."""

from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok

import tests.support.document_hooks  # noqa: F401 - makes requests as a client would
from tests.support.world import make_shop, shop_server, token

EXAMPLES = [4, pytest.param(25, marks=pytest.mark.proof)]
document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
OPERATIONS = {found.ok().label: found.ok() for found in document.get_all_operations() if isinstance(found, Ok)}


@pytest.mark.parametrize("examples", EXAMPLES)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_answered_is_what_the_document_says(
    moto_aws: None, operation: str, mode: GenerationMode, examples: int
) -> None:
    make_shop()
    headers = {"Authorization": f"Bearer {token(customer=None, scopes=shop_server().scopes)}"}

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(OPERATIONS[operation].as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        case.call_and_validate(headers=headers)

    ask()


def test_each_operation_is_asked() -> None:
    assert len(OPERATIONS) > 20
    assert all(isinstance(operation, schemathesis.APIOperation) for operation in OPERATIONS.values())
