from django.apps import AppConfig
from django.conf import settings


class ProjectsConfig(AppConfig):
    name = "projects"
    label = "projects"

    def ready(self) -> None:
        if "staff" in settings.IMAGESTORE_DOORS:
            from imagestore.console import providers
            from projects import admin
            from projects.orders import admin as orders
            from projects.packages import admin as packages

            providers.register(providers.Provider("projects", find=admin.find, explain=admin.explain))
            providers.register(providers.Provider("orders", find=orders.find, explain=orders.explain))
            providers.register(providers.Provider("packages", find=packages.find))
