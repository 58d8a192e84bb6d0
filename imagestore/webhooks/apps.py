from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "imagestore.webhooks"
    label = "webhooks"
    verbose_name = "Webhooks"
