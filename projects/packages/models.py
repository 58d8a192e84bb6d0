"""Rows of packages: one for each, and one for each input that names the package that it has."""

from datetime import datetime

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from imagestore.common import due
from imagestore.common.rows import InstantAttribute, Item
from projects.packages import keys
from projects.packages.records import Package, PackageState


class PackageRow(Item):
    id = UnicodeAttribute()
    shop = UnicodeAttribute()
    kind = UnicodeAttribute()
    source = UnicodeAttribute()
    state = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    name = UnicodeAttribute()
    created_at = InstantAttribute()
    owner = UnicodeAttribute(null=True)
    version = NumberAttribute()
    pages = JSONAttribute()
    files = NumberAttribute()
    bytes = NumberAttribute()
    files_done = NumberAttribute()
    bytes_done = NumberAttribute()
    missing = NumberAttribute()
    tries = NumberAttribute()
    builder = UnicodeAttribute(null=True)
    lease_until = InstantAttribute(null=True)
    size = NumberAttribute(null=True)
    sha256 = UnicodeAttribute(null=True)
    object_version = UnicodeAttribute(null=True)
    code = UnicodeAttribute(null=True)
    cause = UnicodeAttribute(null=True)
    ready_at = InstantAttribute(null=True)
    failed_at = InstantAttribute(null=True)
    purge_after = InstantAttribute(null=True)


class InputRow(Item):
    package = UnicodeAttribute()


def new_package(package: Package, due_at: datetime) -> PackageRow:
    key = keys.package_row(package.id)
    place = due.due(due_at, now=package.created_at, shop=package.shop, kind="package", id=package.id)
    return PackageRow(
        key.pk,
        key.sk,
        owner_key=keys.packages_of(package.of),
        owner_sort=package.id,
        attention_key=keys.packages_of_shop(package.shop, package.id),
        attention_sort=package.id,
        due_bucket=place.bucket,
        due_sort=place.sort,
        id=package.id,
        shop=package.shop,
        kind=package.kind,
        source=package.source,
        state=package.state,
        fingerprint=package.fingerprint,
        name=package.name,
        created_at=package.created_at,
        owner=package.owner,
        version=package.version,
        pages=package.pages,
        files=package.files,
        bytes=package.bytes,
        files_done=0,
        bytes_done=0,
        missing=package.missing,
        tries=0,
    )


def new_input(package: Package) -> InputRow:
    return InputRow(*keys.package_of_input(package.of, package.fingerprint), package=package.id)


def waits_until(due_at: datetime, *, now: datetime, package: Package) -> list[Action]:
    place = due.due(due_at, now=now, shop=package.shop, kind="package", id=package.id)
    return [PackageRow.due_bucket.set(place.bucket), PackageRow.due_sort.set(place.sort)]


def in_state(state: PackageState) -> Condition:
    condition: Condition = PackageRow.state == state
    return condition


def unleased(now: datetime) -> Condition:
    """To be built, and nobody does."""
    free: Condition = PackageRow.builder.does_not_exist() | (PackageRow.lease_until <= now)
    condition: Condition = in_state(PackageState.BUILDING) & free
    return condition


def leased_by(package: Package) -> Condition:
    condition: Condition = PackageRow.builder == package.builder
    return condition


def nobody_builds() -> list[Action]:
    return [PackageRow.builder.remove(), PackageRow.lease_until.remove()]
