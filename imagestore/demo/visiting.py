"""One visit from beginning to end; whatever stops it, what was seen until then is told."""

from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from imagestore.common import aws
from imagestore.demo import designing, ending, photos, uploading
from imagestore.demo.client import Api, Refused, Unreachable
from imagestore.demo.records import Upload, Visit
from imagestore.demo.waiting import side_by_side


def run(api: Api, shop: str, paths: list[Path], seconds: float, console: Console) -> Visit:
    """`seconds`: the longest wait for the decisions, for the sweep, and for the bucket."""
    with Progress(console=console) as progress:
        hashed = progress.track(side_by_side(photos.read, paths), total=len(paths), description="Hash")
        visit = Visit([Upload(photo) for photo in hashed])
        try:
            _steps(api, shop, visit, seconds, progress)
        except (Refused, Unreachable, OSError, *aws.FAILURES) as error:
            visit.stopped = str(error)
    return visit


def _steps(api: Api, shop: str, visit: Visit, seconds: float, progress: Progress) -> None:
    uploading.upload_all(api, visit.uploads, progress)
    uploading.await_decisions(api, visit.uploads, seconds, progress)
    if not visit.stored:
        raise Refused("No photo was stored, so that there is none to make a project of.")
    designing.save_and_load(api, visit, progress)
    ending.weigh(visit, shop)
    ending.trash_project(api, visit)
    ending.await_sweep(api, visit, seconds, progress)
    ending.look_for_remains(api, visit, shop, seconds)
