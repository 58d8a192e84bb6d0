"""Last part of a visit: the project goes into the trash, and the sweep does the rest."""

from rich.progress import Progress

from imagestore.demo.client import Api, call, expect
from imagestore.demo.records import Upload, Visit
from imagestore.demo.shop import in_bucket, total
from imagestore.demo.uploading import files_of_customer
from imagestore.demo.waiting import looks, side_by_side


def weigh(visit: Visit, shop: str) -> None:
    """That photos in use lie in the bucket, so that finding none of them later says something."""
    objects = in_bucket(shop)
    visit.kept_bytes = total(objects[upload.id] for upload in visit.stored if upload.id in objects).bytes


def trash_project(api: Api, visit: Visit) -> None:
    path = f"/projects/{visit.project}"
    expect(api.ask("DELETE", path), 204, f"DELETE {path}")
    visit.project_trashed = api.get(path)["state"] == "trashed"


def await_sweep(api: Api, visit: Visit, seconds: float, progress: Progress) -> None:
    """Looks on as project and photos go, until nothing is listed any more or `seconds` are over."""
    task = progress.add_task("Trash and purge", total=len(visit.with_row) + bool(visit.project))
    for _ in looks(seconds):
        states = {file["id"]: file["state"] for file in files_of_customer(api)}
        for upload in visit.with_row:
            upload.trashed |= states.get(upload.id) == "trashed"
        if visit.project and not visit.project_purged:
            visit.project_purged = _is_gone(api, f"/projects/{visit.project}")
        listed = sum(upload.id in states for upload in visit.with_row) + bool(
            visit.project and not visit.project_purged
        )
        progress.update(task, completed=len(visit.with_row) + bool(visit.project) - listed)
        if not listed:
            break


def look_for_remains(api: Api, visit: Visit, shop: str, seconds: float) -> None:
    """A file that is not found may still be losing its bytes: the bucket gets the time to show it empty."""

    def look(upload: Upload) -> None:
        upload.purged = _is_gone(api, f"/files/{upload.id}")

    list(side_by_side(look, visit.with_row))
    for _ in looks(seconds):
        visit.left = total(in_bucket(shop).values())
        if not visit.left.versions:
            break
    visit.living_urls = sum(side_by_side(lambda url: call("GET", url).status == 200, visit.urls))


def _is_gone(api: Api, path: str) -> bool:
    return api.ask("GET", path, again=True).status == 404
