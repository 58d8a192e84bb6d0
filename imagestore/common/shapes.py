"""Kinds of values in requests, each as strict as what its schema in the OpenAPI document says."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field


def _whole(value: Any) -> Any:
    """JSON knows one kind of numbers: 12.0 is as whole as 12. Texts and truth values are no numbers."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole), Field(strict=True)]
