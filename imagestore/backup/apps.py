from django.apps import AppConfig


class BackupConfig(AppConfig):
    name = "imagestore.backup"
    label = "backup"
