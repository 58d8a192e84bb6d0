"""What routes of projects, carts and orders take alike."""

from typing import Annotated

from ninja import Query

from projects.file_holds import UrlKind

READ, WRITE = "projects:read", "projects:write"
Urls = Annotated[
    UrlKind,
    Query(
        "original",
        description="What the urls of photos read: the original, a small preview (null until it is made), or none.",
    ),
]
