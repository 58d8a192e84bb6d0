"""What shops are told of projects: writes that join the change itself, so that none is lost between the two."""

from imagestore.common.transaction import Write
from imagestore.webhooks import operations as webhooks
from imagestore.webhooks.event_types import EventType
from projects.operations.attempts import Attempt


def saved_event(attempt: Attempt) -> list[Write]:
    """None for a shop that does not want it: then a save costs what it always does."""
    place, version = attempt.place, attempt.version
    data = {"project_id": place.id, "owner": place.owner, "version": version.number, "kind": version.kind}
    return webhooks.announce(
        shop=place.shop,
        type=EventType.PROJECT_SAVED,
        subject=f"project:{place.id}",
        data=data,
        now=version.saved_at,
    )
