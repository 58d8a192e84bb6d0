from django.apps import AppConfig
from django.conf import settings


class SchedulerConfig(AppConfig):
    name = "scheduler"
    label = "scheduler"

    def ready(self) -> None:
        if "staff" in settings.IMAGESTORE_DOORS:
            from imagestore.console import providers
            from scheduler import admin

            providers.register(
                providers.Provider(
                    "scheduler",
                    find=admin.find,
                    figures=admin.figures,
                    deeds=(admin.PAUSE, admin.RESUME),
                    shop_deeds=(admin.PAUSE_SHOP, admin.RESUME_SHOP),
                )
            )
