"""Mounts what IMAGESTORE_DOMAINS and IMAGESTORE_DOORS name."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from imagestore import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive),
    path("readyz", health.ready),
]
if "api" in settings.IMAGESTORE_DOORS:
    from imagestore.api import api

    urlpatterns.append(path("api/v1/", api.urls))
if "staff" in settings.IMAGESTORE_DOORS:
    from imagestore.console.site import site

    urlpatterns.append(path("staff/", site.urls))
if "public" in settings.IMAGESTORE_DOORS:
    if settings.IMAGESTORE_DEVELOPMENT:
        urlpatterns.append(path("", include("imagestore.demo.urls")))
    urlpatterns.append(path("", include("imagestore.public")))
