"""Entity tags of projects: opaque to clients, signed, so that a save can trust what its `If-Match` says it saw."""

from django.core import signing

from projects.records import Seen


def tag(state: Seen, *, id: str, shop: str, owner: str) -> str:
    """Names a state; another save makes another tag. Good for this project and owner alone."""
    return f'"{_signer(id, shop, owner).sign(".".join(map(str, state)))}"'


def seen(tag: str, *, id: str, shop: str, owner: str) -> Seen | None:
    """What the tag's holder saw; None for a tag that was not given for this project and owner."""
    text = tag.strip().removeprefix("W/").strip('"')
    try:
        version, save_id, held_rev, photos, digest = _signer(id, shop, owner).unsign(text).split(".")
    except (signing.BadSignature, ValueError):
        return None
    return Seen(int(version), save_id, int(held_rev), photos, digest)


def _signer(id: str, shop: str, owner: str) -> signing.Signer:
    return signing.Signer(salt=f"project:{id}:{shop}:{owner}", sep="~")
