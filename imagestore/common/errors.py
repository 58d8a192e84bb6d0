"""What can go wrong, in a few kinds. Domains subclass a kind and give it a `code`; HTTP is not known here."""

from typing import ClassVar


class DomainError(Exception):
    """Something the caller can understand and act on.

    `text` is a sentence for people, `field` the input at fault (dotted path), `facts` further members of the
    answer: numbers, ids and limits a program can act on.
    """

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "Error"

    def __init__(self, text: str, field: str | None = None, **facts: object) -> None:
        super().__init__(text)
        self.text = text
        self.field = field
        self.facts = facts


class Invalid(DomainError):
    code, title = "invalid", "The request is not valid"


class Unauthenticated(DomainError):
    code, title = "unauthenticated", "A valid token is needed"


class Forbidden(DomainError):
    code, title = "forbidden", "The token does not allow this"


class NotFound(DomainError):
    code, title = "not-found", "Not found"


class Conflict(DomainError):
    code, title = "conflict", "The state does not allow this"


class PreconditionFailed(DomainError):
    code, title = "precondition-failed", "It was changed in the meantime"


class PreconditionRequired(DomainError):
    code, title = "precondition-required", "If-Match is required"


class TooLarge(DomainError):
    code, title = "too-large", "The request is too large"


class TooMany(DomainError):
    code, title = "too-many-requests", "Too many requests"


class Unavailable(DomainError):
    code, title = "unavailable", "Temporarily unavailable"
