"""`manage.py export_customer`: all that is kept of a customer in one file that is whole, or not there; on moto."""

import hashlib
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from django.core.management import CommandError, call_command

from files import keys as file_keys
from files import operations as files
from files.records import File
from imagestore.audit import queries as audit
from imagestore.common import objects
from imagestore.common.browse import Window
from projects.carts import operations as carts
from projects.carts.records import Line
from projects.shares import operations as shares
from projects.shares.records import Mode, Wanted
from tests.support.failing import failing
from tests.support.hands import create, save
from tests.support.images import photo
from tests.support.packages import damage, opened, order_of, read_instead
from tests.support.uploads import stored_photos
from tests.support.visits import guest
from tests.support.world import customer, make_shop

ANNA, WHY = customer(), "she asked for her data"


@pytest.fixture
def photos(moto_aws: None) -> list[File]:
    make_shop()
    return stored_photos(3, ANNA)


def export(to: Path, customer: str = "anna") -> str:
    out = io.StringIO()
    call_command("export_customer", "acme", customer, "--to", str(to), "--reason", WHY, stdout=out, stderr=out)
    return out.getvalue()


def read(to: Path) -> dict[str, Any]:
    """JSON as it says, other entries as bytes."""
    entries = opened(to.read_bytes())
    return {name: json.loads(body) if name.endswith(".json") else body for name, body in entries.items()}


def test_everything_of_hers_is_in_it(photos: list[File], now: datetime, tmp_path: Path) -> None:
    project = save(create(now, *photos[:2]), now, photos[0])
    order = order_of(project.id)
    secret = Wanted(Mode.VIEW, label="for Bob", password="a long password")
    shares.share(project_id=project.id, wanted=secret, principal=ANNA, now=now)
    carts.put(id="line-1", line=Line(project.id), owner="customer:anna", principal=ANNA, now=now)
    files.open_session(customer="anna", principal=guest(), now=now)
    told = export(tmp_path / "anna.zip")
    assert "1 visits, 1 projects, 1 shares, 2 versions, 1 cart items, 1 orders, 3 files, 3 originals" in told
    found = read(tmp_path / "anna.zip")
    assert found["customer.json"]["owner"] == "customer:anna"
    assert [visit["id"] for visit in found["visits.json"]] == ["V-1"]
    assert found[f"projects/{project.id}/project.json"]["shares"][0]["label"] == "for Bob"
    assert "password" not in found[f"projects/{project.id}/project.json"]["shares"][0]
    assert found[f"projects/{project.id}/version-00000001.json"]["files"] == {"p0": photos[0].id, "p1": photos[1].id}
    assert found[f"projects/{project.id}/version-00000002.json"]["document"] == {"pages": [1]}
    assert found[f"orders/{order.id}.json"]["snapshot"]["order"] == order.id
    (item,) = [told for name, told in found.items() if name.startswith("cart-items/")]
    assert (item["id"], item["files"]) == ("line-1", {"p0": photos[0].id})
    assert found["export.json"]["problems"] == {}


def test_originals_are_byte_for_byte_what_was_uploaded(photos: list[File], tmp_path: Path) -> None:
    export(tmp_path / "anna.zip")
    found = read(tmp_path / "anna.zip")
    for one in photos:
        assert found[f"files/{one.id}.json"]["name"] == one.name
        assert hashlib.sha256(found[f"files/{one.id}-{one.name.replace(' ', '_')}"]).hexdigest() == one.sha256


def test_nothing_of_others_is_in_it(photos: list[File], tmp_path: Path) -> None:
    stored_photos(1, customer("bob"), first=9)
    export(tmp_path / "bob.zip", "bob")
    found = (tmp_path / "bob.zip").read_bytes()
    assert not any(one.id.encode() in found for one in photos)


def test_of_whom_nothing_is_known_there_is_no_export(photos: list[File], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Nothing is known of this customer"):
        export(tmp_path / "zoe.zip", "zoe")
    assert list(tmp_path.iterdir()) == []


def test_who_exported_whom_and_why_is_recorded(photos: list[File], tmp_path: Path) -> None:
    export(tmp_path / "anna.zip")
    (entry,) = audit.leaf_of_history(Window(), subject="customer:acme/anna").items
    assert (entry.action, entry.reason) == ("customer.exported", WHY)


def test_a_file_that_is_there_stays(photos: list[File], tmp_path: Path) -> None:
    (tmp_path / "anna.zip").write_bytes(b"mine")
    with pytest.raises(CommandError, match="is there already"):
        export(tmp_path / "anna.zip")
    assert (tmp_path / "anna.zip").read_bytes() == b"mine"


@pytest.mark.parametrize("call", [3, 8, 12])
def test_interrupted_it_leaves_no_file(photos: list[File], tmp_path: Path, call: int) -> None:
    with failing(call, all_from_there=True), pytest.raises(EndpointConnectionError):
        export(tmp_path / "anna.zip")
    assert list(tmp_path.iterdir()) == []


def test_lost_and_damaged_originals_are_named_and_fail_it(photos: list[File], tmp_path: Path) -> None:
    objects.remove(file_keys.object_key("acme", photos[0].id))
    other = damage(photos[1], photo(77).body)
    assert photos[1].object_version is not None
    with read_instead(photos[1].object_version, other), pytest.raises(CommandError, match="2 originals"):
        export(tmp_path / "anna.zip")
    problems = read(tmp_path / "anna.zip")["export.json"]["problems"]
    assert problems[photos[0].id] == "storage has no bytes of it"
    assert problems[photos[1].id].startswith("its SHA-256 is ")
    assert set(problems) == {photos[0].id, photos[1].id}
