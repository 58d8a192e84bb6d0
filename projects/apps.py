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

            for name, find in (("projects", admin.find), ("orders", orders.find), ("packages", packages.find)):
                providers.register(providers.Provider(name, find=find))
