"""RapidPro v26.2.2's defaults, as far as a render meets them: what it replaces, extends or leaves.

The services' hosts, keys and addresses are what temba/settings_common.py has at that tag; its apps are left out.
"""

from datetime import timedelta

SECRET_KEY = "your own secret key"
ID_OBFUSCATION_KEY = (0xA3B1C, 0xD2E3F, 0x1A2B3, 0xC0FFEE)
USE_TZ = True
USE_I18N = True
TIME_ZONE = "GMT"
SITE_ID = 1

EMAIL_HOST = "smtp.gmail.com"
EMAIL_HOST_USER = "server@temba.io"
EMAIL_HOST_PASSWORD = "mypassword"
EMAIL_USE_TLS = True
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = "server@temba.io"
FLOW_FROM_EMAIL = "no-reply@temba.io"

AWS_ACCESS_KEY_ID = "root"
AWS_SECRET_ACCESS_KEY = "tembatemba"
AWS_REGION = "us-east-1"
DYNAMO_ENDPOINT_URL = "http://localstack:4566"
DYNAMO_TABLE_PREFIX = "Temba"
ELASTIC_ENDPOINT_URL = "http://elastic:9200"
BUCKET_PREFIX = "temba"
STORAGES = {
    "default": {
        "BACKEND": "storages.backends.s3boto3.S3Boto3Storage",
        "OPTIONS": {"bucket_name": f"{BUCKET_PREFIX}-default"},
    },
    "archives": {
        "BACKEND": "storages.backends.s3boto3.S3Boto3Storage",
        "OPTIONS": {"bucket_name": f"{BUCKET_PREFIX}-archives"},
    },
    "public": {
        "BACKEND": "storages.backends.s3boto3.S3Boto3Storage",
        "OPTIONS": {
            "bucket_name": f"{BUCKET_PREFIX}-default",
            "signature_version": "s3v4",
            "default_acl": "public-read",
            "querystring_auth": False,
        },
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
AWS_S3_REGION_NAME = AWS_REGION
AWS_S3_ENDPOINT_URL = "http://localstack:4566"
AWS_S3_ADDRESSING_STYLE = "path"
AWS_S3_FILE_OVERWRITE = False
STORAGE_URL = f"{AWS_S3_ENDPOINT_URL}/{BUCKET_PREFIX}-default"

STATIC_URL = "/sitestatic/"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "context_processors": [
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
MIDDLEWARE = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
)
INSTALLED_APPS = (
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
)
ROOT_URLCONF = "temba.urls"
BRAND = {
    "name": "RapidPro",
    "hosts": ["rapidpro.io"],
    "domain": "app.rapidpro.io",
    "emails": {"notifications": "support@rapidpro.io"},
    "features": ["signups", "sso"],
}

# The engine's settings live in a private name there, which `import *` does not bring along.
_default_database_config = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": "temba",
    "USER": "temba",
    "PASSWORD": "temba",
    "HOST": "postgres",
    "PORT": "5432",
    "ATOMIC_REQUESTS": True,
    "CONN_MAX_AGE": 60,
    "OPTIONS": {},
    "DISABLE_SERVER_SIDE_CURSORS": True,
}
DATABASES = {"default": _default_database_config, "readonly": _default_database_config.copy()}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"

CELERY_BROKER_URL = "redis://valkey:6379/15"
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5}
CACHES = {"default": {"BACKEND": "django_valkey.cache.ValkeyCache", "LOCATION": CELERY_BROKER_URL}}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_CACHE_ALIAS = "default"

HOSTNAME = "localhost"
IP_ADDRESSES = ("172.16.10.10", "162.16.10.20")
MAILROOM_URL = None
MAILROOM_AUTH_TOKEN = None
RETENTION_PERIODS = {"channellog": timedelta(days=7), "export": timedelta(days=90)}
