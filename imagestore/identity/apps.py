from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "imagestore.identity"
    label = "identity"
    verbose_name = "Shops and staff"
