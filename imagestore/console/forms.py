"""Signing in: name, password and, for those who set it up, a one-time code."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError

from imagestore.common import clock
from imagestore.identity.staff import operations, queries

TOO_MANY = "Too many wrong passwords for this account from your address. Try again in 15 minutes."


class SignInForm(AdminAuthenticationForm):
    """Only failures are counted, for an account and an address together: nobody locks another one out."""

    code = forms.CharField(
        required=False,
        max_length=10,
        label="One-time code, if you have set it up",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean(self) -> dict[str, Any]:
        place: dict[str, Any] = {
            "account": str(self.cleaned_data.get("username", "")),
            "address": self._address(),
            "now": clock.now(),
        }
        if queries.throttled(**place):
            raise ValidationError(TOO_MANY, code="throttled")
        try:
            cleaned = super().clean()
            user: Any = self.get_user()
            if user and not operations.use_code(member=user.member, code=cleaned.get("code", ""), now=place["now"]):
                raise self.get_invalid_login_error()
        except ValidationError:
            operations.note_failure(**place)
            raise
        return cleaned

    def _address(self) -> str:
        """On AWS as the gateway saw it: Zappa takes it from X-Forwarded-For, which a client may begin as it likes."""
        environ: Mapping[str, Any] = self.request.META if self.request else {}
        context = environ.get("lambda.event", {}).get("requestContext") or {}
        return str(context.get("identity", {}).get("sourceIp") or environ.get("REMOTE_ADDR", ""))


class CodeForm(forms.Form):
    code = forms.CharField(
        max_length=10,
        label="Code that the app shows",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
