"""Second part of a visit: a project with every stored photo is saved, loaded, and guarded against two mishaps."""

import hashlib
from typing import Any

from rich.progress import Progress

from imagestore.demo.client import Api, call, expect
from imagestore.demo.records import Upload, Visit
from imagestore.demo.waiting import side_by_side

NAME = "A summer by the sea"


def save_and_load(api: Api, visit: Visit, progress: Progress) -> None:
    """Needs at least one stored photo."""
    by_alias = {f"photo-{number}": upload for number, upload in enumerate(visit.stored, 1)}
    created = expect(api.ask("POST", "/projects", draft(by_alias, "white")), 201, "POST /projects")
    visit.project, visit.version = created.json()["id"], 1
    _load(api, visit, by_alias, progress)
    visit.held_delete = api.ask("DELETE", f"/files/{visit.stored[0].id}").status
    path, first = f"/projects/{visit.project}", created.headers["ETag"]
    saved = expect(api.ask("PUT", path, draft(by_alias, "linen"), if_match=first), 200, f"PUT {path}")
    visit.version = saved.json()["version"]
    visit.stale_save = api.ask("PUT", path, draft(by_alias, "black"), if_match=first).status


def draft(by_alias: dict[str, Upload], paper: str) -> dict[str, Any]:
    """A book with one photo on each page, as an editor would send it."""
    pages = [{"placements": [{"photo": alias, "x": 10, "y": 10, "width": 190}]} for alias in by_alias]
    files = {alias: upload.id for alias, upload in by_alias.items()}
    return {"name": NAME, "document": {"paper": paper, "unit": "mm", "pages": pages}, "files": files}


def _load(api: Api, visit: Visit, by_alias: dict[str, Upload], progress: Progress) -> None:
    """Every signed url of the loaded project is read; only the very bytes that were uploaded count."""
    loaded = api.get(f"/projects/{visit.project}")["files"]
    urls = {alias: file["url"] for alias, file in loaded.items() if file and file["url"]}
    visit.urls = list(urls.values())
    checks = side_by_side(lambda alias: _same_bytes(urls[alias], by_alias[alias]), urls)
    visit.right_urls = sum(progress.track(checks, total=len(urls), description="Load"))


def _same_bytes(url: str, upload: Upload) -> bool:
    answer = call("GET", url)
    return answer.status == 200 and hashlib.sha256(answer.body).hexdigest() == upload.photo.sha256
