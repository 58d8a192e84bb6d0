"""The verbs of webhooks: announcing events, delivering and replaying them, making and changing endpoints."""

from imagestore.webhooks.operations.announcing import announce, send
from imagestore.webhooks.operations.delivering import deliver
from imagestore.webhooks.operations.endpoints import create, disable, enable, remove, reseal, rotate, update
from imagestore.webhooks.operations.replaying import replay, replay_failing, send_test
from imagestore.webhooks.operations.sweeping import sweep_slice

__all__ = [
    "announce",
    "create",
    "deliver",
    "disable",
    "enable",
    "remove",
    "replay",
    "replay_failing",
    "reseal",
    "rotate",
    "send",
    "send_test",
    "sweep_slice",
    "update",
]
