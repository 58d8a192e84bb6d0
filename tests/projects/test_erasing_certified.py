"""A customer with all kinds of things is erased, interrupted twice: what may go is gone everywhere, what must stay is
named, and the certificate counts right; on the local AWS."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
import pytest
from botocore.exceptions import EndpointConnectionError
from django.conf import settings

from files import keys as file_keys
from files import operations as files
from files import queries as file_queries
from files.records import File, FileState
from imagestore.audit import queries as audit
from imagestore.common import aws, clock, objects
from imagestore.common.browse import Window
from imagestore.common.principal import command
from projects import certificates, legal_holds, operations, queries
from projects.carts import operations as carts
from projects.carts.records import Line
from projects.holder_kinds import ERASED_KINDS
from projects.operations.saving import Saved
from projects.orders.records import Order
from projects.packages.records import Package
from projects.records import Erasure, ProjectState
from projects.shares import operations as shares
from projects.shares.records import Mode, Wanted
from tests.support.failing import failing
from tests.support.hands import create, known, loaded, owners, save
from tests.support.ministack import LocalAws
from tests.support.packages import built, order_of
from tests.support.uploads import stored_photos
from tests.support.visits import guest
from tests.support.world import customer, make_shop

ANNA, WHO, WHY = customer(), command("tests"), "she asked for it by letter"
ORDERS = 3


@dataclass
class Anna:
    """Each project has photos of its own: the first is under a legal hold, the next three are ordered, bob has a copy
    of the fifth, and the sixth was saved twice, is shared, packed and lies in the cart. Some photos nothing uses."""

    photos: list[File]
    projects: list[Saved]
    orders: list[Order]
    hold: str
    bobs: Saved
    package: Package

    @property
    def each(self) -> int:
        return len(self.photos) // (len(self.projects) + 1)

    def of(self, number: int) -> list[File]:
        return self.photos[number * self.each : (number + 1) * self.each]

    @property
    def kept(self) -> list[File]:
        return [photo for number in range(ORDERS + 1) for photo in self.of(number)]

    @property
    def gone(self) -> list[File]:
        return self.photos[(ORDERS + 2) * self.each :]


def anna(number: int, projects: int) -> Anna:
    photos = [
        photo for first in range(0, number, 500) for photo in stored_photos(min(500, number - first), ANNA, first)
    ]
    each = number // (projects + 1)
    made = [create(clock.now(), *photos[place * each : (place + 1) * each]) for place in range(projects)]
    orders = [order_of(made[place].id, reference=f"A-{place}") for place in range(1, ORDERS + 1)]
    hold = legal_holds.place(
        shop="acme", subject=f"project:{made[0].id}", principal=WHO, reason="case 4711", now=clock.now()
    )
    bobs = create(clock.now(), *photos[4 * each : 5 * each], who="bob", source=made[4])
    package = built(made[5].id)
    save(made[5], clock.now(), photos[5 * each])
    shares.share(project_id=made[5].id, wanted=Wanted(Mode.VIEW), principal=ANNA, now=clock.now())
    carts.put(id="line-1", line=Line(made[5].id), owner="customer:anna", principal=ANNA, now=clock.now())
    files.open_session(customer="anna", principal=guest(), now=clock.now())
    return Anna(photos, made, orders, hold.id, bobs, package)


def erase() -> Erasure:
    return operations.erase_owner(
        shop="acme", owner="customer:anna", principal=WHO, reason=WHY, now=clock.now(), kinds=ERASED_KINDS
    )


@pytest.mark.parametrize(
    ("number", "projects"), [(28, 6), pytest.param(2000, 30, marks=pytest.mark.proof)], ids=["28 files", "2,000 files"]
)
def test_what_may_go_is_gone_and_what_must_stay_is_named(real_aws: LocalAws, number: int, projects: int) -> None:
    make_shop()
    hers = anna(number, projects)
    for _ in range(2):
        with failing(2 * number, all_from_there=True) as calls, suppress(EndpointConnectionError):
            erase()
        assert calls.made >= 2 * number
    erased = erase()
    assert erased.complete, erased.waiting
    told = orjson.loads(erased.certificate or b"")
    assert told["counts"] == expected(hers)
    assert told["kept"] == kept(hers, told["kept"])
    assert told["backups"]["bucket"]["contain"].endswith("of what is named under kept, all")
    assert_gone(hers)
    assert_recorded(erased, told)


def expected(hers: Anna) -> dict[str, int]:
    purged = len(hers.projects) - 1
    return {
        "files": len(hers.gone),
        "bytes": sum(photo.size for photo in hers.gone),
        "renditions": 0,
        "projects": purged,
        "versions": purged + 1,
        "shares": 1,
        "cart_items": 1,
        "packages": 1,
        "package_bytes": hers.package.size or 0,
        "sessions": 1,
        "files_handed_over": hers.each,
    }


def kept(hers: Anna, told: dict[str, str]) -> dict[str, str]:
    """What is named with its reason, as it should be."""
    by_rule = {f"order:{order.id}": told[f"order:{order.id}"] for order in hers.orders}
    assert all(why.startswith("kept until ") and "unpaid_order" in why for why in by_rule.values())
    holders = [f"project:{hers.projects[0].id}", *by_rule]
    photos = {
        f"file:{photo.id}": f"kept for {holder}" for place, holder in enumerate(holders) for photo in hers.of(place)
    }
    held = {f"project:{hers.projects[0].id}": f"A legal hold ({hers.hold}) keeps it until staff release it."}
    return held | by_rule | photos


def assert_gone(hers: Anna) -> None:
    assert {known(photo).state for photo in hers.kept} == {FileState.STORED}
    assert set(owners(hers.of(ORDERS + 1))) == {"bob"}
    loaded(hers.bobs, clock.now(), "bob")
    rows = file_queries.files_by_id([photo.id for photo in hers.gone], consistent=True)
    assert {row.state for row in rows.values()} == {FileState.GONE}
    states = [head.state for project in hers.projects if (head := queries.head_of(project.id))]
    assert states == [ProjectState.ACTIVE] + [ProjectState.GONE] * (len(hers.projects) - 1)
    left = {version.key for version in objects.versions("") if not version.key.startswith("ledger/")}
    needed = {file_keys.object_key("acme", photo.id) for photo in [*hers.kept, *hers.of(ORDERS + 1)]}
    # Besides originals there are the snapshots of the orders alone.
    assert {key for key in left if key.split("/")[-2] != "o"} == needed
    assert len(left) == len(needed) + ORDERS
    assert partitions_naming("anna") <= {"AUDIT", "FILE", "PROJECT", "ORDER", "OWNER", "HOLD"}


def partitions_naming(who: str) -> set[str]:
    found: set[str] = set()
    for page in aws.dynamodb().get_paginator("scan").paginate(TableName=settings.IMAGESTORE_TABLE):
        found |= {row["pk"]["S"].partition("#")[0] for row in page["Items"] if who in repr(row)}
    return found


def assert_recorded(erased: Erasure, told: dict[str, Any]) -> None:
    entries: Sequence[Any] = audit.leaf_of_history(Window(), subject="customer:acme/anna").items
    body = erased.certificate or b""
    assert entries[0].action == "customer.erased"
    assert entries[0].details["certificate_sha256"] == certificates.digest(body)
    assert objects.read(f"ledger/certificates/{told['erasure']}.json") == body
    assert b"anna" not in body
    assert told["customer_sha256"] == certificates.customer_sha256(told["erasure"], "acme", "anna")
    until = clock.now() + timedelta(days=35)
    assert told["backups"]["table"]["until"][:10] in (f"{until - timedelta(days=1):%Y-%m-%d}", f"{until:%Y-%m-%d}")
