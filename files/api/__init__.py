"""REST routes of files: parse, one call, shape the answer."""

from ninja import Router

from files.api import bulk, companion, files, links, multipart, sessions, usage

router = Router(tags=["files"])
router.add_router("", bulk.router)
router.add_router("", files.router)
router.add_router("", multipart.router)
router.add_router("", sessions.router)
router.add_router("", usage.router)
router.add_router("", links.router)
public = Router(tags=["links"])
"""Behind the public door: the right stands in the address."""
public.add_router("", links.public)
public.add_router("", companion.public)
