"""What stands between a saved state and a good print of it."""

from collections.abc import Iterator

from imagestore.common.principal import Principal
from imagestore.identity import queries as shops
from projects import file_holds, keys, print_facts
from projects.file_holds import File
from projects.queries.heads import project_of
from projects.queries.versions import content_of, version_of
from projects.records import Content, PrintProblem


def check_print(*, id: str, principal: Principal, number: int | None = None) -> list[PrintProblem]:
    """Photos that are missing, rejected or not yet decoded, and placements below the shop's resolution.

    One batch read per 100 photos. Raises ProjectNotFound, VersionNotFound.
    """
    head = project_of(principal, id)
    content = content_of(head, version_of(head, head.version if number is None else number))
    facts = file_holds.held(content.photos, keys.holder(id))
    return [*_unusable(content, facts), *_coarse(content, facts, shops.known_shop(head.shop).least_dpi)]


def _unusable(content: Content, facts: dict[str, File]) -> Iterator[PrintProblem]:
    for alias, id in sorted(content.files.items()):
        file = facts.get(id)
        if file is None:
            yield PrintProblem("photo-missing", alias, id, "The photo is not there any more.")
        elif file.reason_code:
            yield PrintProblem("photo-rejected", alias, id, file.reason_text or "The photo was rejected.")
        elif not file.printable:
            yield PrintProblem("photo-not-ready", alias, id, "The photo is still being uploaded or checked.")


def _coarse(content: Content, facts: dict[str, File], least: int) -> Iterator[PrintProblem]:
    for placement in content.placements:
        id = content.files[placement.alias]
        dpi = print_facts.dpi_of(placement, facts.get(id))
        if dpi is not None and dpi < least:
            text = f"On page {placement.page} the photo has {dpi} dpi; {least} are needed."
            yield PrintProblem("resolution-low", placement.alias, id, text, placement.page, dpi)
