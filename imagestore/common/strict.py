"""Query parameters that a route does not know are refused, and those that stand twice where it takes one.

A list whose filter was misspelt would be another list, and of two customers a reader might take either.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, get_origin, get_type_hints

from django.http import HttpRequest

from imagestore.common.errors import Invalid


class ParameterInvalid(Invalid):
    code, title = "parameter-invalid", "The query is not one that this route knows"


def known_parameters_only(route: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates a route, whose parameters are named as in its address. Raises ParameterInvalid."""
    repeatable = {name: get_origin(hint) is list for name, hint in get_type_hints(route).items()}

    @wraps(route)
    def strict(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        for name, values in request.GET.lists():
            short = name[:64]
            if name not in repeatable:
                raise ParameterInvalid(f"This route has no parameter {short!r}.", field=short or "query")
            if len(values) > 1 and not repeatable[name]:
                raise ParameterInvalid(f"{short} is given {len(values)} times; this route takes one.", field=short)
        return route(request, *args, **kwargs)

    return strict
