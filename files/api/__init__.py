"""REST routes of files: parse, one call, shape the answer."""

from ninja import Router

from files.api import bulk, files, links, sessions, usage

router = Router(tags=["files"])
router.add_router("", bulk.router)
router.add_router("", files.router)
router.add_router("", sessions.router)
router.add_router("", usage.router)
router.add_router("", links.router)
public = links.public
"""Behind the public door: the right stands in the address."""
