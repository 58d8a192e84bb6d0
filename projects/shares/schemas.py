"""Shapes of requests and answers of shares. Times are UTC."""

from datetime import UTC, datetime
from typing import Any

import orjson
from ninja import Field, Schema
from pydantic import ConfigDict

from imagestore.common.shapes import ONE_LINE, Instant
from projects.schemas import PlacementOut, placed
from projects.shares import rules
from projects.shares.queries import SharedFiles, Shown
from projects.shares.records import Mode, Share, Wanted

Shape = dict[str, Any]


class ShareIn(Schema):
    model_config = ConfigDict(extra="forbid")
    mode: Mode = Field(
        description="`view` shows the project; with `copy` others make their own of it, with `edit` they also save it."
    )
    label: str = Field(
        "",
        max_length=rules.LONGEST_LABEL,
        pattern=ONE_LINE,
        description="For its owner's list.",
        examples=["For Grandma"],
    )
    expires_at: Instant | None = Field(
        None, description="Within 366 days; without it the share lasts as long as the project."
    )
    password: str | None = Field(
        None,
        min_length=rules.SHORTEST_PASSWORD,
        max_length=rules.LONGEST_PASSWORD,
        description="Asked of everybody who opens the link. It cannot be read again.",
        examples=["grey geyser"],
    )

    def record(self) -> Wanted:
        return Wanted(self.mode, self.label, self.password, self.expires_at and self.expires_at.astimezone(UTC))


class ShareOut(Schema):
    id: str
    mode: Mode
    label: str
    created_at: datetime
    expires_at: datetime | None
    has_password: bool
    used_at: datetime | None = Field(description="When it was last used, to the hour.")
    uses: int = Field(description="In how many hours it was used.")

    @staticmethod
    def of(share: Share) -> Shape:
        told: Shape = {name: getattr(share, name) for name in ShareOut.model_fields if name != "expires_at"}
        return told | {"expires_at": share.ends_at}


class NewShareOut(ShareOut):
    """What opens the project is told here and never again: keep the url, or revoke the share and make another."""

    url: str = Field(description="Shows a page to people, and JSON to programs.")
    token: str

    @staticmethod
    def of_new(share: Share, token: str, base: str) -> Shape:
        return ShareOut.of(share) | {"url": f"{base}/shared/{token}", "token": token}


class SharesOut(Schema):
    items: list[ShareOut] = Field(description="Newest first; at most 100.")


class PasswordIn(Schema):
    model_config = ConfigDict(extra="forbid")
    password: str = Field(max_length=rules.LONGEST_PASSWORD)


class AccessOut(Schema):
    access: str = Field(description="Send it as the header `Share-Access` with every call.")
    expires_at: datetime

    @staticmethod
    def of(access: str, expires_at: datetime) -> Shape:
        return {"access": access, "expires_at": expires_at}


class SharedFile(Schema):
    """A photo of a shared project. Urls read small pictures for 15 minutes; null until they are made."""

    id: str
    state: str
    width: int | None
    height: int | None
    orientation: int | None
    printable: bool
    url: str | None = Field(description="A preview of at most 1600 pixels.")
    thumbnail: str | None = Field(description="256 pixels.")
    expires_at: datetime | None


_FACTS = ("id", "state", "width", "height", "orientation", "printable")


class SharedFilesOut(Schema):
    """Photos by alias; null for one that is gone."""

    files: dict[str, SharedFile | None]
    files_cursor: str | None = Field(description="For the photos that follow; null when these are all.")

    @staticmethod
    def of(files: SharedFiles) -> Shape:
        told = {alias: _shared_file(files, id) for alias, id in files.page.files.items()}
        return {"files": told, "files_cursor": files.page.following}


class SharedOut(SharedFilesOut):
    """A project as whoever has the link sees it: who owns it and how its photos were named is not told."""

    mode: Mode
    name: str
    version: int
    saved_at: datetime
    document: dict[str, Any]
    placements: list[PlacementOut]

    @staticmethod
    def of_shown(shown: Shown, mode: Mode) -> Shape:
        head, content = shown.loaded.head, shown.loaded.content
        told: Shape = {"mode": mode, "document": orjson.Fragment(content.document)}
        told |= {name: getattr(head, name) for name in ("name", "version", "saved_at")}
        told["placements"] = [placed(one, shown.loaded.page, head.shop) for one in content.placements]
        return told | SharedFilesOut.of(shown.files)


def _shared_file(files: SharedFiles, id: str) -> Shape | None:
    file, preview, thumbnail = files.page.facts.get(id), files.page.urls.get(id), files.thumbnails.get(id)
    if file is None:
        return None
    told: Shape = {name: getattr(file, name) for name in _FACTS}
    urls = {"url": preview.url if preview else None, "thumbnail": thumbnail.url if thumbnail else None}
    read = preview or thumbnail
    return told | urls | {"expires_at": read.expires_at if read else None}
