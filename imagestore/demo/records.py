"""What a visit saw, as far as it came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from imagestore.demo.photos import Photo
from imagestore.demo.shop import Kept


@dataclass(slots=True)
class Upload:
    """One photo's way. `facts`: what the API told once it was decided; `refusal`: why it was not even taken."""

    photo: Photo
    id: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    refusal: str = ""
    trashed: bool = False
    purged: bool = False

    @property
    def state(self) -> str:
        return "refused" if self.refusal else str(self.facts.get("state", "undecided"))

    @property
    def stored(self) -> bool:
        return self.state == "stored"

    @property
    def rejected(self) -> bool:
        return self.state in ("rejected", "refused")

    @property
    def described(self) -> bool:
        """Whether the product found the pixels and which way is up."""
        return all(self.facts.get(name) for name in ("width", "height", "orientation"))

    @property
    def reason(self) -> str:
        told = self.facts.get("reason") or {}
        return self.refusal or str(told.get("text", ""))


@dataclass(slots=True)
class Visit:
    """Each step fills its part; what is empty was not seen. `stopped`: why the visit ended early."""

    uploads: list[Upload]
    project: str = ""
    version: int = 0
    kept_bytes: int | None = None
    urls: list[str] = field(default_factory=list)
    right_urls: int = 0
    held_delete: int | None = None
    stale_save: int | None = None
    project_trashed: bool = False
    project_purged: bool = False
    living_urls: int | None = None
    left: Kept | None = None
    stopped: str = ""

    @property
    def stored(self) -> list[Upload]:
        return [upload for upload in self.uploads if upload.stored]

    @property
    def with_row(self) -> list[Upload]:
        """Those that the product keeps a row of, rejected ones too."""
        return [upload for upload in self.uploads if upload.id]
