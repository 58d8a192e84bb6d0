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
PageCursor = Annotated[
    str, Query(..., min_length=1, max_length=2048, pattern=r"^[A-Za-z0-9._:=-]*$", description="`files_cursor`.")
]
