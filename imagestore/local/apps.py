from django.apps import AppConfig


class LocalConfig(AppConfig):
    name = "imagestore.local"
    label = "local"
    verbose_name = "Local environment"
