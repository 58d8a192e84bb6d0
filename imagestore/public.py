"""Routes that carry their right in the address: links for uploads, and the phone's page. No token, no cookie."""

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from imagestore.api import Api
from imagestore.common import problems

api = Api(title="imagestore links", version="1.0.0", urls_namespace="public", docs_url=None, openapi_url=None)
problems.install(api)
pages: list[URLPattern | URLResolver] = []
for domain in settings.IMAGESTORE_DOMAINS:
    if find_spec(f"{domain}.api") and hasattr(routes := import_module(f"{domain}.api"), "public"):
        api.add_router("", routes.public)
    if find_spec(f"{domain}.pages"):
        pages += import_module(f"{domain}.pages").urlpatterns

urlpatterns = [*pages, path("", api.urls)]
