"""What staff can do to a row: a button with a reason, one call of an operation that checks the role."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms


class ReasonForm(forms.Form):
    """What a deed asks for; one that needs more has a form of its own."""

    reason = forms.CharField(
        min_length=3,
        max_length=300,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages=dict.fromkeys(
            ("required", "min_length"),
            "Say why, in at least three characters: the reason is kept in the audit log.",
        ),
    )


@dataclass(frozen=True, slots=True)
class Deed:
    """`do(id=, principal=, now=, reason=)`, and with what else its form asks for; `done` is said afterwards; `when`
    decides whether it is offered."""

    name: str
    title: str
    done: str
    role: str
    do: Callable[..., object]
    when: Callable[[Any], bool] = lambda record: True
    form: type[ReasonForm] = ReasonForm

    @property
    def fields(self) -> ReasonForm:
        """To be filled in, beside the fields of other deeds."""
        form = self.form(auto_id=f"%s-{self.name}")
        form.fields["reason"].label = f"{self.title}, because"
        return form
