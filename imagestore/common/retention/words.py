"""What rules are about, when their clocks start, what prolongs them and what they do. Pure."""

from enum import StrEnum

from imagestore.common.errors import Invalid


class PolicyInvalid(Invalid):
    code, title = "policy-invalid", "The retention policy is not valid"


class Subject(StrEnum):
    """A file, project, cart item or order, in one of its states.

    `abandoned_upload`: registered, but no bytes came. `session_file`: stored by a visit that nobody claimed.
    `unused_file`: stored and never held; `released_file`: its last holder let go. `leftover_photo`: a photo that only
    earlier versions of an ordered project use. `lab_package`: the ZIP, which is built again when it is wanted.
    """

    ABANDONED_UPLOAD = "abandoned_upload"
    REJECTED_FILE = "rejected_file"
    SESSION_FILE = "session_file"
    UNUSED_FILE = "unused_file"
    RELEASED_FILE = "released_file"
    TRASHED_FILE = "trashed_file"
    RENDITION = "rendition"
    DRAFT_PROJECT = "draft_project"
    GUEST_PROJECT = "guest_project"
    TRASHED_PROJECT = "trashed_project"
    LEFTOVER_PHOTO = "leftover_photo"
    CART_ITEM = "cart_item"
    UNPAID_ORDER = "unpaid_order"
    PAID_ORDER = "paid_order"
    PACKAGED_ORDER = "packaged_order"
    CANCELLED_ORDER = "cancelled_order"
    LAB_PACKAGE = "lab_package"


OF_VISIT = (Subject.SESSION_FILE, Subject.GUEST_PROJECT)
"""What comes into its state when its visit ends, and nobody can claim then."""


class Clock(StrEnum):
    """When a lifetime begins. `entered`: when the item came into the state that the rule is about.

    `last_purchase`: when an order of its customer was paid last; for what was created, or came into its state, later:
    that moment.
    """

    CREATED = "created"
    SAVED = "saved"
    AUTOSAVED = "autosaved"
    ACCESSED = "accessed"
    CLAIMED = "claimed"
    ORDERED = "ordered"
    PAID = "paid"
    PACKAGED = "packaged"
    DELIVERED = "delivered"
    LAST_PURCHASE = "last_purchase"
    ENTERED = "entered"


class Extension(StrEnum):
    """What prolongs a lifetime. `save` and `touch` start it again, `customer` adds to it once, `staff` at any time."""

    SAVE = "save"
    TOUCH = "touch"
    CUSTOMER = "customer"
    STAFF = "staff"


class Action(StrEnum):
    """`archive`: to a colder storage class. `keep_facts`: photos and documents go, what is known of them stays."""

    TRASH = "trash"
    PURGE = "purge"
    ARCHIVE = "archive"
    KEEP_FACTS = "keep_facts"
