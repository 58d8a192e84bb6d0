"""What staff can do to a row: a button with a reason, one call of an operation that checks the role."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms

from imagestore.common import reasons


class ReasonForm(forms.Form):
    """What a deed asks for; one that needs more has a form of its own."""

    reason = forms.CharField(
        min_length=reasons.LEAST,
        max_length=reasons.LONGEST,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages=dict.fromkeys(("required", "min_length"), reasons.WANTED),
    )


@dataclass(frozen=True, slots=True)
class Deed:
    """`do(id=, principal=, now=, reason=)`, and with what else its form asks for; `done` is said afterwards; `when`
    decides whether it is offered; `initial` is what stands in its form."""

    name: str
    title: str
    done: str
    role: str
    do: Callable[..., object]
    when: Callable[[Any], bool] = lambda record: True
    form: type[ReasonForm] = ReasonForm
    initial: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fields(self) -> ReasonForm:
        """To be filled in, beside the fields of other deeds."""
        return self.filled()

    @property
    def asks_more(self) -> bool:
        return self.form is not ReasonForm

    def filled(self, told: Mapping[str, Any] | None = None) -> ReasonForm:
        """With what a person told, or as it is offered."""
        form = self.form(told, auto_id=f"%s-{self.name}", initial=dict(self.initial))
        form.fields["reason"].label = f"{self.title}, because"
        return form


def hold_deed(do: Callable[..., object], what: str, when: Callable[[Any], bool] = lambda record: True) -> Deed:
    """Staff place a legal hold on a row. `what`: as in "The file"."""
    return Deed(
        name="hold",
        title="Place a legal hold",
        done=f"{what} is kept, whatever its rules say, until the hold is released.",
        role="operator",
        do=do,
        when=when,
    )
