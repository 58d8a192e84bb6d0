"""The world of the model: one shop, Anna's project and her two photos, in a table of a few rows on moto."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from files import operations as files
from files.decoding.answers import PrintFacts
from files.operations.examining import Examined
from files.probe import BrokenImage
from files.records import File
from imagestore.common import aws, clock, due, table
from imagestore.common.rows import Key
from imagestore.identity import queries as shops
from projects import histories, operations
from projects.operations import tidying
from projects.operations.saving import Saved
from projects.queries import Loaded
from projects.records import Draft, SaveKind
from tests.model import protocol
from tests.model.actors import Actor
from tests.model.interleaving import Explorer, Search
from tests.model.rows import Table
from tests.support.images import photo
from tests.support.uploads import store_undecoded, stored_photos
from tests.support.world import customer, make_shop

ANNA = customer()


@dataclass
class Stage:
    """`base` is in the project from the start, `extra` is the photo that everything is about."""

    base: File
    extra: File
    born: datetime
    now: datetime
    document: bytes = b"{}"

    def draft(self, name: str, *photos: File) -> Draft:
        """No two of one name and the same photos differ: what is to be another save has another name."""
        return Draft(name, self.document, {f"p{index}": photo.id for index, photo in enumerate(photos)})

    def create(self, *photos: File) -> Saved:
        return operations.create(
            draft=self.draft("first", *photos),
            owner="customer:anna",
            principal=ANNA,
            now=self.now,
            kind=SaveKind.AUTOSAVE,
        )

    def save(self, on: Saved, *photos: File, name: str = "later", kind: SaveKind = SaveKind.AUTOSAVE) -> Saved:
        return operations.save(
            id=on.id,
            draft=self.draft(name, *photos),
            if_match=on.tag,
            owner="customer:anna",
            principal=ANNA,
            now=self.now,
            kind=kind,
        )

    def restore(self, on: Saved, number: int) -> Saved:
        return operations.restore_version(
            id=on.id, number=number, if_match=on.tag, owner="customer:anna", principal=ANNA, now=self.now
        )

    def decode(self) -> None:
        files.decode_file(id=self.extra.id, clock=lambda: self.now)

    def undecoded_extra(self, name: str = "good") -> None:
        """In the place of the extra photo; one that is called bad will be rejected."""
        (self.extra,) = store_undecoded([replace(photo(7), name=name)], ANNA)

    def at(self, loaded: Loaded) -> Saved:
        """What a client that loaded the project builds its next save on."""
        return Saved(loaded.head.id, loaded.head.version, loaded.head.saved_at, loaded.tag)

    def sweep(self, key: Key) -> dict[str, int]:
        """As the scheduler has it done for one due row. What fails is due again: it counts as failed."""
        sweep = files.sweep_slice if key.sk == "FILE" else operations.sweep_slice
        return sweep(row_keys=[key], dry_run=False, now=self.now).counts

    def explore(self, *actors: Actor, deaths: int = 0, lost_answers: int = 0) -> Search:
        rows = Table()
        start = rows.keep("FILE#", "PROJECT#", "OWNER#")
        explorer = Explorer(
            aws.dynamodb(),
            rows,
            actors,
            lambda state: protocol.always(protocol.world(rows, state)),
            lambda state, ending: protocol.through_to_the_end(rows, state, ending, self.now),
        )
        return explorer.explore(start, deaths=deaths, lost_answers=lost_answers)


def set_up(monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Needs `moto_aws`. What operations remember of the shop and of the due shards stays remembered."""
    shop = make_shop(policy={"kept_autosaves": 1})
    monkeypatch.setattr(shops, "known_shop", lambda id: shop)
    monkeypatch.setattr(due, "shard_count", lambda now: 1)
    for module in (table, tidying):
        monkeypatch.setattr(module, "back_off", lambda attempt: None)
    monkeypatch.setattr(histories, "PRUNE_SLACK", 0)
    # Every process is a new one: each read that a save can need is made.
    monkeypatch.setattr("projects.queries.versions.REMEMBERED_FOR", 0)
    monkeypatch.setattr("projects.operations.saving._ask_to_prune", lambda attempt: None)
    monkeypatch.setattr("imagestore.webhooks.queries.wanting", lambda shop, type: ())
    born = clock.now()
    monkeypatch.setattr("files.operations.decoding.examine", _examine)
    monkeypatch.setattr("files.storage.objects.remove_family", lambda key, **_: 0)
    monkeypatch.setattr("projects.storage.put_in_ledger", lambda erasing: None)
    monkeypatch.setattr("projects.storage.put_certificate", lambda erasure, certificate: certificate)
    base, extra = stored_photos(2, ANNA)
    return Stage(base, extra, born, born + timedelta(days=31))


def _examine(file: File, wanted: Sequence[str], patience: float | None = None) -> Examined:
    """Bytes are not part of the model: a photo is what its name says."""
    if file.name == "bad":
        raise BrokenImage("broken-pixels", "The photo is bad.")
    return Examined(PrintFacts(64, 48, 1), file.sha256, dict.fromkeys(wanted, b""))
