"""What staff can do to a row: a button with a reason, one call of an operation that checks the role."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms


@dataclass(frozen=True, slots=True)
class Deed:
    """`do(id=, principal=, reason=, now=)`; `done` is said afterwards; `when` decides whether it is offered."""

    name: str
    title: str
    done: str
    role: str
    do: Callable[..., object]
    when: Callable[[Any], bool] = lambda record: True


class ReasonForm(forms.Form):
    reason = forms.CharField(min_length=3, max_length=300, strip=True)
