"""All settings, read from the environment. A missing one fails at once, naming the variable and how to set it."""

import os
from pathlib import Path
from typing import Any

from imagestore.environment import address, choice, load_local, names, optional, required, whole

BASE_DIR = Path(__file__).resolve().parent.parent
IMAGESTORE_LOCAL_FOLDER = Path(os.environ.get("IMAGESTORE_LOCAL_FOLDER", BASE_DIR / ".local"))
load_local(IMAGESTORE_LOCAL_FOLDER / "env")

IMAGESTORE_DEVELOPMENT = choice("IMAGESTORE_ENVIRONMENT", "production", "development") == "development"
IMAGESTORE_DOMAINS = names("IMAGESTORE_DOMAINS", "files", "projects", "scheduler")
IMAGESTORE_DOORS = names("IMAGESTORE_DOORS", "api", "events", "tasks", "staff", "public")
IMAGESTORE_TABLE = required("IMAGESTORE_TABLE", "the DynamoDB table, for example imagestore")
IMAGESTORE_BUCKET = required("IMAGESTORE_BUCKET", "the S3 bucket that keeps the photos")
IMAGESTORE_QUEUE_BASE_URL = required(
    "IMAGESTORE_QUEUE_BASE_URL", "https://sqs.REGION.amazonaws.com/ACCOUNT, where the queues live"
)
IMAGESTORE_QUEUE_PREFIX = optional("IMAGESTORE_QUEUE_PREFIX", "imagestore-")
# Where phones and browsers find the public door; unset: at the host that was asked.
IMAGESTORE_PUBLIC_URL = optional("IMAGESTORE_PUBLIC_URL", "").rstrip("/")
IMAGESTORE_SCANNER = address("IMAGESTORE_SCANNER", "command:", "http://", "https://")
# On AWS the gateway counts, and a function's process is one of many.
COUNTED = "AWS_LAMBDA_FUNCTION_NAME" not in os.environ
IMAGESTORE_REQUEST_RATE = whole(
    "IMAGESTORE_REQUEST_RATE", 100 * COUNTED, "calls a second of one customer; 0 counts none"
)
IMAGESTORE_REQUEST_BURST = whole("IMAGESTORE_REQUEST_BURST", 4 * IMAGESTORE_REQUEST_RATE, "calls at once")
IMAGESTORE_CELERY_APP = "imagestore.celery.app"

SECRET_KEY = required("IMAGESTORE_SECRET_KEY", "50 random characters; signs cursors and entity tags")
SECRET_KEY_FALLBACKS = [key for key in optional("IMAGESTORE_SECRET_KEY_FALLBACKS", "").split(",") if key]
ALLOWED_HOSTS = optional("IMAGESTORE_ALLOWED_HOSTS", "*").split(",")
DEBUG = False
USE_TZ = True
TIME_ZONE = "UTC"
DATABASES: dict[str, object] = {}
ROOT_URLCONF = "imagestore.urls"
WSGI_APPLICATION = "imagestore.wsgi.application"
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Unpacked: a document of 5 MiB, and what stands around it.
IMAGESTORE_LARGEST_BODY = 6 * 1024 * 1024
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "imagestore.common.lazy_schemas.LazyNinja",
    "imagestore.identity",
    "imagestore.webhooks",
    "imagestore.local",
    "imagestore.backup",
    "imagestore.demo",
    *IMAGESTORE_DOMAINS,
]
MIDDLEWARE = [
    "imagestore.common.middleware.account_work",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "imagestore.common.middleware.protect_pages",
    "imagestore.identity.cors.cors",
    "imagestore.common.middleware.answer_heads",
    "imagestore.common.middleware.answer_problems",
    "imagestore.identity.rates.limit_links",
]
TEMPLATES: list[dict[str, Any]] = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [BASE_DIR / "templates"], "APP_DIRS": True}
]
STATIC_URL = "/static/"
STORAGES = {"staticfiles": {"BACKEND": "imagestore.common.static.PrefixedStorage"}}
# Pages find their files in the packages themselves: nothing is to be collected before a deployment.
WHITENOISE_USE_FINDERS = IMAGESTORE_DEVELOPMENT or bool({"staff", "public"} & set(IMAGESTORE_DOORS))
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
SECURE_CONTENT_TYPE_NOSNIFF = True
if "staff" in IMAGESTORE_DOORS:
    INSTALLED_APPS += [
        # Before the admin, whose templates it replaces.
        "imagestore.console",
        "django.contrib.admin.apps.SimpleAdminConfig",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django_htmx",
    ]
    MIDDLEWARE += [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ]
    TEMPLATES[0]["OPTIONS"] = {
        "context_processors": [
            "django.template.context_processors.request",
            "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages",
        ]
    }
    AUTH_USER_MODEL = "console.StaffUser"
    SESSION_ENGINE = "imagestore.console.sessions"
    SESSION_COOKIE_AGE = 8 * 3600
    # A browser takes `__Host-` only from https, for this very host and all of its paths: any stage, any domain.
    SESSION_COOKIE_NAME = "staff" if IMAGESTORE_DEVELOPMENT else "__Host-staff"
    CSRF_COOKIE_NAME = "staff-csrf" if IMAGESTORE_DEVELOPMENT else "__Host-staff-csrf"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not IMAGESTORE_DEVELOPMENT
    CSRF_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 0 if IMAGESTORE_DEVELOPMENT else 31_536_000
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {
        "links": {"()": "imagestore.common.masking.MaskLinks"},
        # What failed behind a 503 was logged with its cause; a picture that is being made is no failure.
        "passing": {"()": "django.utils.log.CallbackFilter", "callback": lambda line: line.status_code != 503},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["links"]}},
    "loggers": {name: {"level": "WARNING"} for name in ("botocore", "pynamodb", "urllib3", "kombu")}
    | {
        "django.request": {"level": "ERROR", "filters": ["passing"]},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
    "root": {"handlers": ["console"], "level": optional("IMAGESTORE_LOG_LEVEL", "INFO")},
}
