"""Opaque signed cursors: a client can only hand back what it was given, for the list it was given for."""

from django.core import signing

from imagestore.common.errors import Invalid

MOST = 100


class CursorInvalid(Invalid):
    code, title = "cursor-invalid", "The cursor is not valid"


def cursor(position: dict[str, str] | None, of: str) -> str | None:
    """`of` names the list and its owner; a cursor of another list is refused."""
    if position is None:
        return None
    return signing.Signer(salt=f"cursor:{of}").sign_object(position, compress=True)


def position(cursor: str | None, of: str) -> dict[str, str] | None:
    if not cursor:
        return None
    try:
        found: dict[str, str] = signing.Signer(salt=f"cursor:{of}").unsign_object(cursor)
    except (signing.BadSignature, ValueError) as error:
        raise CursorInvalid("Use a cursor as it was given, for the same list.", field="cursor") from error
    return found
