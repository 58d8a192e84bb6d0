"""Makes the table, bucket and queues that settings name, on whatever endpoint the clients are bound to."""

from collections.abc import Sequence

from django.conf import settings

from imagestore.local.bucket import ensure_bucket, tell_uploads
from imagestore.local.queues import UPLOADS, ensure_queues, queue_arn
from imagestore.local.tables import ensure_table

LOCAL_ORIGINS = ("http://127.0.0.1:*", "http://localhost:*")
"""Web origins that may upload: pages served from this machine, at any port."""


def bootstrap(origins: Sequence[str] = LOCAL_ORIGINS) -> None:
    """May be repeated: what exists stays, what differs is set right, what is stored is not touched."""
    ensure_table(settings.IMAGESTORE_TABLE)
    # The bucket tests the queue when its notifications are set, and the queue has to know the bucket by then.
    ensure_queues(settings.IMAGESTORE_BUCKET)
    ensure_bucket(settings.IMAGESTORE_BUCKET, origins)
    tell_uploads(settings.IMAGESTORE_BUCKET, queue_arn(UPLOADS))
