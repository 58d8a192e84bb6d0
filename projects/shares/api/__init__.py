"""REST routes of shares: parse, one call, shape the answer."""

from ninja import Router

from projects.shares.api import links, shares

router = Router(tags=["shares"])
router.add_router("", shares.router)
public = Router(tags=["links"])
"""Behind the public door: the right stands in the address."""
public.add_router("", links.public)
