"""REST routes of projects: parse, one call, shape the answer."""

from ninja import Router

from projects.api import extending, projects, versions
from projects.carts import api as carts
from projects.orders import api as orders
from projects.packages import api as packages
from projects.shares import api as shares

router = Router()
router.add_router("", projects.router, tags=["projects"])
router.add_router("", versions.router, tags=["projects"])
router.add_router("", extending.router, tags=["projects"])
router.add_router("", carts.router)
router.add_router("", orders.router)
router.add_router("", packages.router)
router.add_router("", shares.router)
public = Router()
"""Behind the public door: the right stands in the address."""
public.add_router("", shares.public)
public.add_router("", extending.public)
