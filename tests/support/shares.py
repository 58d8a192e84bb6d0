"""A shared project, from its owner's side and from that of whoever has the link."""

from typing import Any

from django.test import Client

from files.records import File
from tests.support.world import Answer, Api, token

PASSWORD = "grey geyser"


def design(*photos: File, title: str = "Iceland") -> dict[str, Any]:
    used = {f"p{index}": photo.id for index, photo in enumerate(photos)}
    placed = [
        {"alias": alias, "page": page, "width_mm": 100.0, "height_mm": 75.0} for page, alias in enumerate(used, 1)
    ]
    return {"name": title, "document": {"title": title}, "files": used, "placements": placed}


def create(who: Api, *photos: File, title: str = "Iceland") -> str:
    answer = who("POST", "/projects", design(*photos, title=title))
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def share(who: Api, project: str, mode: str = "view", *, key: str = "", **wanted: Any) -> Answer:
    headers = {"Idempotency_Key": key} if key else {}
    return who("POST", f"/projects/{project}/shares", {"mode": mode} | wanted, **headers)


class Link:
    """A client that has nothing but the address; with `bearer` one that is known besides."""

    def __init__(self, shared: Answer | str, **who: Any) -> None:
        url = shared if isinstance(shared, str) else shared.json()["url"]
        self.path = "/shared/" + url.rpartition("/shared/")[2]
        self._headers = {"Authorization": f"Bearer {token(**who)}"} if who else {}

    def __call__(self, method: str = "GET", path: str = "", body: object = None, **headers: str) -> Answer:
        """`headers`: names with underscores for hyphens."""
        named = self._headers | {name.replace("_", "-"): value for name, value in headers.items()}
        content = {} if method == "GET" else {"data": "" if body is None else body, "content_type": "application/json"}
        return getattr(Client(), method.lower())(self.path + path, headers=named, **content)

    def unlock(self, password: str = PASSWORD) -> Answer:
        return self("POST", "/unlock", {"password": password})

    def save(self, tag: str, *photos: File, title: str = "Iceland", **headers: str) -> Answer:
        return self("PUT", "", design(*photos, title=title), If_Match=tag, **headers)
