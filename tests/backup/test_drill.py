"""A backup, and what a drill makes of it and proves, on the local AWS and in the order of docs/backup.md."""

import json
import re
import shlex
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from files import keys as file_keys
from files.records import File
from imagestore.audit import queries as audit
from imagestore.backup import operations, rows, storage, versions
from imagestore.backup.errors import BackupDamaged, BackupIncomplete
from imagestore.common import aws, clock, objects
from imagestore.common.vaults import vault
from projects.carts import operations as carts
from projects.carts.records import Line
from projects.orders import keys as order_keys
from projects.orders.records import Order
from tests.support.ministack import LocalAws
from tests.support.packages import ask_of_order, build, order_of, project_of
from tests.support.uploads import stored_photos
from tests.support.world import customer, make_shop

ROOT = Path(__file__).resolve().parents[2]
ANNA, HERS = customer(), "customer:anna"


class World:
    """A shop with photos, a project, a cart item, an order and its package."""

    def __init__(self, place: LocalAws) -> None:
        make_shop()
        self.table, self.bucket = place.table, place.bucket
        self.photos: list[File] = stored_photos(4, ANNA)
        self.project = project_of(self.photos[:3])
        carts.put(id="line-1", line=Line(self.project), owner=HERS, principal=ANNA, now=clock.now())
        self.order: Order = order_of(self.project)
        build(ask_of_order(self.order))

    @property
    def drill(self) -> tuple[str, ...]:
        return "--table", f"{self.table}-drill", "--bucket", f"{self.bucket}-drill"

    def original(self, number: int) -> str:
        return file_keys.object_key("acme", self.photos[number].id)


@pytest.fixture
def world(real_aws: LocalAws) -> World:
    return World(real_aws)


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, world: World, tmp_path: Path) -> str:
    if request.param == "folder":
        return str(tmp_path / "backup")
    return f"s3://{made(f'{world.bucket}-backups')}/2026-11-27"


def made(bucket: str) -> str:
    region: Any = aws.s3().meta.region_name
    aws.s3().create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
    return bucket


def back_up(to: str, *options: str) -> str:
    out = StringIO()
    call_command(
        "backup", "--to", to, "--reason", "a drill", "--segments", "3", *options, stdout=out, stderr=StringIO()
    )
    return out.getvalue()


def drill(*arguments: str) -> tuple[list[dict[str, Any]], str]:
    """What differs, and the closing sentence. With differences it ends with 1."""
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command("restore_drill", *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        code = int(str(ended.code))
    assert code == bool(out.getvalue())
    return [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue().splitlines()[-1]


def all_rows(table: str) -> dict[tuple[str, str], Any]:
    found = (line["Item"] for line in rows.scan(table, 0, 1))
    return {(row["pk"]["S"], row["sk"]["S"]): row for row in found if row["pk"]["S"] != "DRILL"}


def bytes_in(bucket: str) -> dict[str, bytes]:
    listed = aws.s3().list_objects_v2(Bucket=bucket).get("Contents", [])
    return {entry["Key"]: aws.s3().get_object(Bucket=bucket, Key=entry["Key"])["Body"].read() for entry in listed}


def test_a_restored_place_is_the_same_in_every_row_and_byte_and_nothing_differs(world: World, place: str) -> None:
    said = back_up(place)
    differences, closing = drill(place, *world.drill)
    assert differences == []
    assert "nothing differs" in closing
    assert all_rows(f"{world.table}-drill") == all_rows(world.table)
    assert bytes_in(f"{world.bucket}-drill") == bytes_in(world.bucket)
    assert f"{len(all_rows(world.table))} rows read from" in said
    assert f"{len(bytes_in(world.bucket))} objects as of" in said


def test_the_bucket_is_as_it_was_then_whatever_became_of_it(world: World, place: str) -> None:
    before = bytes_in(world.bucket)
    back_up(place)
    for key in before:
        aws.s3().put_object(Bucket=world.bucket, Key=key, Body=b"something else")
    aws.s3().delete_object(Bucket=world.bucket, Key=world.original(0))
    aws.s3().put_object(Bucket=world.bucket, Key="ff/acme/later", Body=b"later")
    differences, _ = drill(place, *world.drill)
    assert differences == []
    assert bytes_in(f"{world.bucket}-drill") == before


def test_the_drill_names_what_differs_and_leaves_what_is_in_use_alone(world: World, place: str) -> None:
    """Bytes that were removed for good since, an object without a row, a photo that nobody holds any more."""
    orphan = file_keys.object_key("acme", "01J00000000000000000000000")
    aws.s3().put_object(Bucket=world.bucket, Key=orphan, Body=b"nobody's")
    aws.dynamodb().update_item(
        TableName=world.table,
        Key={"pk": {"S": f"FILE#{world.photos[0].id}"}, "sk": {"S": "FILE"}},
        UpdateExpression="DELETE holders :h",
        ExpressionAttributeValues={":h": {"SS": [f"project:{world.project}"]}},
    )
    back_up(place)
    objects.remove(world.original(1))
    before = (all_rows(world.table), bytes_in(world.bucket))
    differences, closing = drill(place, *world.drill)
    assert {(one["by"], one["fault"], one.get("file") or one.get("photo")) for one in differences} == {
        ("reconcile_files", "lost", world.photos[1].id),
        ("reconcile_files", "orphan", "01J00000000000000000000000"),
        ("reconcile_holders", "unheld", world.photos[0].id),
    }
    assert "1 objects are no more; compared: 1 lost, 1 orphan, 1 unheld." in closing
    assert (all_rows(world.table), bytes_in(world.bucket)) == before


def test_lost_snapshots_and_packages_are_told_by_their_own_reconciler(world: World, tmp_path: Path) -> None:
    back_up(str(tmp_path))
    objects.remove(order_keys.snapshot_object("acme", world.order.id))
    differences, _ = drill(str(tmp_path), *world.drill)
    assert [(one["by"], one["fault"], one["kind"], one["id"]) for one in differences] == [
        ("reconcile_objects", "lost", "order snapshot", world.order.id)
    ]


def test_with_their_bytes_objects_come_back_even_if_all_versions_are_gone(world: World) -> None:
    place = f"s3://{made(f'{world.bucket}-backups')}/whole"
    before = bytes_in(world.bucket)
    assert "with their bytes" in back_up(place, "--with-objects")
    for key in before:
        objects.remove(key)
    differences, _ = drill(place, *world.drill)
    assert differences == []
    assert bytes_in(f"{world.bucket}-drill") == before


def test_an_object_that_is_too_large_for_one_copy_comes_in_parts(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "WHOLE", 1_000)
    monkeypatch.setattr(versions, "PART", 700)
    back_up(str(tmp_path))
    differences, _ = drill(str(tmp_path), *world.drill)
    assert differences == []
    assert bytes_in(f"{world.bucket}-drill") == bytes_in(world.bucket)


class TestResuming:
    def test_parts_that_are_done_are_kept_and_the_moment_stays(
        self, world: World, place: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real, calls = versions.as_of, list[str]()

        def dies(bucket: str, prefix: str, at: Any) -> Iterator[Any]:
            calls.append(prefix)
            if len(calls) == 6:
                raise KeyboardInterrupt
            return real(bucket, prefix, at)

        monkeypatch.setattr(versions, "as_of", dies)
        with pytest.raises(SystemExit) as ended:
            back_up(place)
        assert ended.value.code == 130
        at = storage.moment(vault(place))
        with pytest.raises(BackupIncomplete):
            storage.manifest(vault(place))
        calls.extend(["more"] * 10)
        monkeypatch.setattr(rows, "scan", None)
        back_up(place)
        assert len(calls) < 16 + len(versions.prefixes(world.bucket))
        assert storage.manifest(vault(place)).at == at
        monkeypatch.undo()

    def test_only_the_same_backup_goes_on(self, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def dies(*_: Any) -> Any:
            raise KeyboardInterrupt

        with monkeypatch.context() as dying:
            dying.setattr(versions, "prefixes", dies)
            with pytest.raises(SystemExit):
                back_up(str(tmp_path))
        with pytest.raises(CommandError, match="in 3 parts was begun there"):
            back_up(str(tmp_path), "--segments", "4")
        back_up(str(tmp_path))
        with pytest.raises(CommandError, match="A finished backup lies there"):
            back_up(str(tmp_path))


class TestRefused:
    def test_a_backup_in_its_own_bucket(self, world: World) -> None:
        with pytest.raises(CommandError, match="would go with it"):
            back_up(f"s3://{world.bucket}/backups")

    def test_bytes_in_a_folder(self, world: World, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="--with-objects needs s3://"):
            back_up(str(tmp_path), "--with-objects")

    def test_a_place_that_is_not_there_is_named(self, world: World, settings: Any, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        for to in ("s3://nowhere-at-all/backups", str(tmp_path / "file" / "backup")):
            with pytest.raises(CommandError, match=r"^--to: (There is no bucket nowhere-at-all|\S+/file is no folder)"):
                back_up(to)
        with pytest.raises(CommandError, match=r"^PLACE: There is no bucket nowhere-at-all"):
            drill("s3://nowhere-at-all/backups", *world.drill)
        settings.IMAGESTORE_BUCKET = "nowhere-at-all"
        with pytest.raises(CommandError, match=r"There is no bucket nowhere-at-all\. IMAGESTORE_BUCKET names it"):
            back_up(str(tmp_path))

    def test_a_drill_without_the_bucket_that_has_the_bytes(self, world: World, tmp_path: Path) -> None:
        back_up(str(tmp_path))
        begun = (tmp_path / "manifest.json").read_text().replace(f'"{world.bucket}"', '"nowhere-at-all"')
        (tmp_path / "manifest.json").write_text(begun)
        with pytest.raises(CommandError, match=r"nowhere-at-all\. The bytes of this backup are there"):
            drill(str(tmp_path), *world.drill)
        assert not rows.exists(f"{world.table}-drill")

    @pytest.mark.parametrize("number", ["0", "-3", "10001"])
    def test_an_impossible_number_of_parts(self, world: World, tmp_path: Path, number: str) -> None:
        with pytest.raises(CommandError, match=f"--segments: {number} is not a number from 1 to 10000"):
            back_up(str(tmp_path), "--segments", number)

    def test_a_drill_where_something_is(self, world: World, tmp_path: Path) -> None:
        back_up(str(tmp_path))
        made(f"{world.bucket}-full")
        aws.s3().put_object(Bucket=f"{world.bucket}-full", Key="a", Body=b"")
        for table, bucket, words in (
            (world.table, "new", "is in use. Name a table"),
            ("new", world.bucket, "is in use. Name a bucket"),
            ("new", f"{world.bucket}-full", "is not empty"),
        ):
            with pytest.raises(CommandError, match=words):
                drill(str(tmp_path), "--table", table, "--bucket", bucket)
        drill(str(tmp_path), *world.drill)
        with pytest.raises(CommandError, match=f"There is a table {world.table}-drill"):
            drill(str(tmp_path), *world.drill)

    def test_a_drill_of_nothing_or_of_something_damaged(self, world: World, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="no finished backup"):
            drill(str(tmp_path), *world.drill)
        back_up(str(tmp_path))
        (tmp_path / "rows" / "00001.jsonl.gz").write_bytes(b"something else")
        with pytest.raises(BackupDamaged):
            operations.restore(source=vault(str(tmp_path)), table=f"{world.table}-a", bucket=f"{world.bucket}-a")

    @pytest.mark.parametrize("arguments", [["place"], ["--remove", "--bucket", "b"], ["place", "--remove"], []])
    def test_half_a_command(self, world: World, arguments: list[str]) -> None:
        with pytest.raises(CommandError, match="Say either"):
            call_command("restore_drill", *arguments, "--table", "new")


class TestRemoval:
    def test_table_and_bucket_of_a_drill_go(self, world: World, tmp_path: Path) -> None:
        back_up(str(tmp_path))
        drill(str(tmp_path), *world.drill)
        out = StringIO()
        call_command("restore_drill", "--remove", "--table", f"{world.table}-drill", stdout=out)
        assert f"{world.table}-drill and the bucket {world.bucket}-drill are removed." in out.getvalue()
        assert not rows.exists(f"{world.table}-drill")
        assert f"{world.bucket}-drill" not in {one["Name"] for one in aws.s3().list_buckets()["Buckets"]}

    def test_no_other_table_goes(self, world: World) -> None:
        before = all_rows(world.table)
        for table in (world.table, "nothing"):
            with pytest.raises(CommandError, match="is no table of a drill"):
                call_command("restore_drill", "--remove", "--table", table)
        assert all_rows(world.table) == before
        assert bytes_in(world.bucket)


def test_what_is_saved_while_it_is_backed_up_has_its_bytes(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are read first: of what came in between, some rows may be missing, but no bytes that a row tells of."""
    scan = rows.scan

    def with_customers(table: str, segment: int, segments: int) -> Iterator[Any]:
        project_of(stored_photos(1, ANNA, first=20 + segment), f"meanwhile {segment}")
        yield from scan(table, segment, segments)
        project_of(stored_photos(1, ANNA, first=30 + segment), f"and later {segment}")

    monkeypatch.setattr(rows, "scan", with_customers)
    back_up(str(tmp_path))
    differences, _ = drill(str(tmp_path), *world.drill)
    assert {one["fault"] for one in differences} <= {"orphan", "unheld", "dangling", "wrong-usage"}


def test_what_is_copied_is_in_the_audit_log(world: World, tmp_path: Path) -> None:
    back_up(str(tmp_path))
    (entry,) = audit.history(f"table:{world.table}").items
    assert (entry.action, entry.reason, entry.details["with_objects"]) == ("backup.begun", "a drill", False)


def test_the_steps_of_the_document_work_as_they_are_written(world: World) -> None:
    text = (ROOT / "docs" / "backup.md").read_text()
    section = re.search(r"\n## Drill\n(.*?)\n## ", text, re.DOTALL)
    assert section
    made(f"{world.bucket}-backups")
    names = {"imagestore-drill": f"{world.table}-drill", "PHOTOS": world.bucket}
    lines = [line for line in section.group(1).splitlines() if line.startswith("manage.py ")]
    assert [shlex.split(line)[1] for line in lines] == ["backup", "restore_drill", "restore_drill"]
    for line in lines:
        _, command, *arguments = shlex.split(re.sub("|".join(names), lambda name: names[name[0]], line))
        call_command(command, *arguments, stdout=StringIO(), stderr=StringIO())
    assert not rows.exists(f"{world.table}-drill")
