from django.apps import AppConfig
from django.conf import settings


class FilesConfig(AppConfig):
    name = "files"
    label = "files"

    def ready(self) -> None:
        if "staff" in settings.IMAGESTORE_DOORS:
            from files import admin
            from imagestore.console import providers

            providers.register(
                providers.Provider("files", find=admin.find, explain=admin.explain, figures=admin.figures)
            )
