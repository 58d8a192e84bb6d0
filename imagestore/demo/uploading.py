"""First part of a visit: photos are registered, sent to storage, and decided by the product's own events."""

from typing import Any

from rich.progress import Progress

from imagestore.demo.client import Api, call, expect
from imagestore.demo.records import Upload
from imagestore.demo.waiting import looks, side_by_side

PAGE = 100


def upload_all(api: Api, uploads: list[Upload], progress: Progress) -> None:
    signed = _register(api, uploads)
    waiting = [(upload, signed[upload.id]) for upload in uploads if upload.id]
    sending = side_by_side(lambda pair: _send(*pair), waiting)
    for _ in progress.track(sending, total=len(waiting), description="Upload"):
        pass


def _register(api: Api, uploads: list[Upload]) -> dict[str, dict[str, Any]]:
    """One call for all; answers the signed upload of each by the id of its file."""
    announced = {"files": [upload.photo.announcement for upload in uploads]}
    items = expect(api.ask("POST", "/files", announced), 201, "POST /files").json()["items"]
    signed = {}
    for upload, item in zip(uploads, items, strict=True):
        if item.get("error"):
            upload.refusal = item["error"]["text"]
        else:
            upload.id = item["file"]["id"]
            signed[upload.id] = item["upload"]
    return signed


def _send(upload: Upload, signed: dict[str, Any]) -> None:
    answer = call(signed["method"], signed["url"], upload.photo.path.read_bytes(), signed["headers"])
    expect(answer, 200, f"Storage, asked to take {upload.photo.name},")


def await_decisions(api: Api, uploads: list[Upload], seconds: float, progress: Progress) -> None:
    """Nobody asks the product to look: storage's event makes it. Those left after `seconds` stay undecided."""
    awaited = {upload.id: upload for upload in uploads if upload.id}
    total = len(awaited)
    task = progress.add_task("Decide", total=total)
    for _ in looks(seconds):
        for file in files_of_customer(api):
            if file["id"] in awaited and file["state"] in ("stored", "rejected"):
                awaited.pop(file["id"]).facts = file
        progress.update(task, completed=total - len(awaited))
        if not awaited:
            return


def files_of_customer(api: Api) -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = api.get(f"/files?limit={PAGE}{cursor}", again=True)
        files += page["items"]
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
    return files
