"""What an erasure is doing, in rows of its own, so that its certificate is right however often it was interrupted.

What is to go is noted before it goes, and counted if it is gone in the end: twice noted is counted once. The notes name
no person. The one row that does, by which a repeat finds them, goes when the certificate is written.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from imagestore.common import ids, table
from imagestore.common.batches import in_parallel
from projects import certificates, file_holds, keys, storage
from projects.certificates import Erased, Erasing, Facts, Note
from projects.models import ErasingRow, NoteRow, ProjectRow
from projects.operations.holders import HolderKind
from projects.records import Head, ProjectState

NOTES_KEPT = timedelta(days=90)


def begin(*, shop: str, owner: str, now: datetime, replays: str = "") -> Erasing:
    """The one that was begun before, or a new one. In the ledger before anything goes; a replay is there already."""
    key = keys.erasing_row(shop, owner)
    found = table.get(ErasingRow, key, Erasing, consistent=True)
    if found is None:
        new = ErasingRow(*key, id=ids.new_id(now), shop=shop, owner=owner, begun_at=now, replays=replays or None)
        table.put_new(new)
        found = table.get(ErasingRow, key, Erasing, consistent=True)
        assert found is not None  # noqa: S101 - nothing removes it but its own end
    if not found.replays:
        storage.put_in_ledger(found)
    return found


def is_being_erased(shop: str, owner: str) -> bool:
    """Begun, and not ended yet: a repeat goes on with it."""
    return table.get(ErasingRow, keys.erasing_row(shop, owner), Erasing, consistent=True) is not None


def note(erasing: Erasing, kind: str, items: Mapping[str, list[int]], now: datetime, place: str = "") -> None:
    """Ids with the numbers that are certified of each. `place`: of notes of one thing the last in order holds."""
    if not items:
        return
    key = keys.note_row(erasing.id, kind, f"{min(items)}#{place or ids.new_id(now)}")
    table.put_new(NoteRow(*key, kind=kind, items=dict(items), expires_at=int((now + NOTES_KEPT).timestamp())))


def noted(erasing: Erasing) -> dict[str, dict[str, list[int]]]:
    """By kind and id: all that was to go."""
    found: dict[str, dict[str, list[int]]] = {}
    start = None
    while True:
        page = table.query(NoteRow, keys.notes_of(erasing.id), Note, start=start, consistent=True)
        for one in page.items:
            found.setdefault(one.kind, {}).update(one.items)
        start = page.next
        if start is None:
            return found


def certify(erasing: Erasing, kinds: Iterable[HolderKind], kept: Mapping[str, str], now: datetime) -> bytes:
    """Of what is really gone. The bytes of each photo are looked for once more. A repeat answers the first one.

    It ends no earlier than the last thing came that went with it: a replay does not reach beyond.
    """
    facts = _gone(erasing, kinds)
    file_holds.remove_all_bytes(shop=erasing.shop, photos=sorted(facts.get("file", {})))
    erased = Erased(
        id=erasing.id,
        shop=erasing.shop,
        customer=erasing.owner.partition(":")[2],
        begun_at=erasing.begun_at,
        finished_at=max([now, *(ids.born(id) for kind in ("file", "project", "cart") for id in facts.get(kind, ()))]),
        facts=facts,
        kept=kept,
        replays=erasing.replays,
    )
    return storage.put_certificate(erasing.id, certificates.certificate(erased))


def end(erasing: Erasing) -> None:
    """Nothing tells any more who it was but the audit log, and the sealed entry of the ledger."""
    table.delete(ErasingRow, keys.erasing_row(erasing.shop, erasing.owner))


def _gone(erasing: Erasing, kinds: Iterable[HolderKind]) -> Facts:
    gone = {"file": file_holds.gone, "project": _gone_projects}
    gone |= {kind.name: kind.gone for kind in kinds}
    gone["session"] = lambda ids: _forgotten(erasing.shop, ids)
    gone["given"] = lambda ids: file_holds.of_others(ids, erasing.owner)
    facts = {}
    for kind, items in noted(erasing).items():
        left = gone[kind](items)
        facts[kind] = {id: numbers for id, numbers in items.items() if id in left}
    return facts


def _gone_projects(ids: Iterable[str]) -> set[str]:
    """Those whose tombstone stands, or has gone since."""
    wanted = list(ids)
    heads = table.batch_get(ProjectRow, [keys.head_row(id) for id in wanted], Head, consistent=True)
    return set(wanted) - {head.id for head in heads.values() if head.state != ProjectState.GONE}


def _forgotten(shop: str, ids: Iterable[str]) -> set[str]:
    """Visits that are nobody's any more."""
    visits = [f"session:{id}" for id in ids]
    found = in_parallel(lambda visit: file_holds.visit_of_owner(shop, visit), visits)
    return {
        owner.partition(":")[2] for owner, visit in zip(visits, found, strict=True) if not visit or not visit.customer
    }
