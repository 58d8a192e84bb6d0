"""REST routes of projects: parse, one call, shape the answer."""

from ninja import Router

from projects.api import projects, versions
from projects.carts import api as carts
from projects.orders import api as orders

router = Router(tags=["projects"])
router.add_router("", projects.router)
router.add_router("", versions.router)
router.add_router("", carts.router)
router.add_router("", orders.router)
