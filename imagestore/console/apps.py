from django.apps import AppConfig, apps
from django.utils.module_loading import autodiscover_modules


class ConsoleConfig(AppConfig):
    name = "imagestore.console"
    label = "console"
    verbose_name = "imagestore"

    def ready(self) -> None:
        from imagestore.console import admin, holds, providers, queue_figures, webhooks

        providers.register(providers.Provider("queues", figures=queue_figures.figures))
        providers.register(providers.Provider("identity", find=admin.find))
        providers.register(providers.Provider("webhooks", find=webhooks.find))
        providers.register(providers.Provider("holds", find=holds.find))
        autodiscover_modules("admin")
        _know_content_types()


def _know_content_types() -> None:
    """The admin asks for the content type of each model, and there is no table to look into."""
    from django.contrib.contenttypes.models import ContentType

    for number, model in enumerate(apps.get_models(), start=1):
        options = model._meta
        content_type = ContentType(id=number, app_label=options.app_label, model=options.model_name)
        ContentType.objects._add_to_cache("default", content_type)  # type: ignore[attr-defined]
