"""What happened in a shop on its last days, as figures for its page."""

from datetime import UTC, datetime, timedelta

from imagestore.common import statistics
from imagestore.console.providers import Figure

DAYS = 30
MB = 1_000_000
SHOWN = (
    ("uploads", "Uploads", "photos that arrived", 1),
    ("uploaded_bytes", "Uploaded MB", "of these photos", MB),
    ("projects", "Projects made", "", 1),
    ("saves", "Saves", "about: they are counted in tens", 1),
    ("orders", "Orders", "that were placed", 1),
    ("trashed", "Photos trashed", "by rules", 1),
    ("purged", "Photos purged", "by rules", 1),
    ("purged_bytes", "Purged MB", "of these photos", MB),
    ("projects_trashed", "Projects trashed", "by rules", 1),
    ("projects_purged", "Projects purged", "by rules", 1),
)


def figures(shop: str, now: datetime) -> list[Figure]:
    """Of whole days, up to yesterday; one query."""
    yesterday = now.astimezone(UTC).date() - timedelta(days=1)
    days = statistics.last_days(shop, yesterday, DAYS)
    drawn = []
    for name, title, note, unit in SHOWN:
        points = tuple((day.day, round((getattr(day, name) or 0) / unit)) for day in days)
        total = sum(getattr(day, name) or 0 for day in days)
        drawn.append(Figure(title, f"{round(total / unit):,}", note, points))
    return drawn
