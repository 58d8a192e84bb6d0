"""What a shop's rules say of a customer's projects, some of which may count from the customer's last purchase."""

from imagestore.common.retention import RetentionPolicy, Subject
from imagestore.purchases import queries as purchases
from imagestore.purchases.records import Thing
from projects.records import Head, ProjectState


def policy_for(shop: str, owner: str) -> RetentionPolicy:
    """Of one owner's projects: one read at most, none for a visit. Raises ShopNotFound."""
    return purchases.policy_for(Thing(shop, owner, Subject.DRAFT_PROJECT))


def thing_of(head: Head) -> Thing:
    """What its rules are about. In the trash no purchase matters to it."""
    active = head.state == ProjectState.ACTIVE
    return Thing(head.shop, head.owner, Subject.DRAFT_PROJECT if active else Subject.TRASHED_PROJECT)
