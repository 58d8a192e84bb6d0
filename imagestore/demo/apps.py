from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "imagestore.demo"
    label = "demo"
