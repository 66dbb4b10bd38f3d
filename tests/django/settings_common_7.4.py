"""RapidPro v7.4.2's defaults, as far as a render meets them: what it replaces, extends or leaves.

The services' hosts, keys and addresses are what temba/settings_common.py has at that tag; its apps are left out.
"""

DEBUG = True
ADMINS = (("RapidPro", "code@yourdomain.io"),)
MANAGERS = ADMINS
SECRET_KEY = "your own secret key"
USE_TZ = True
USE_I18N = True
USE_DEPRECATED_PYTZ = True
TIME_ZONE = "GMT"
SITE_ID = 1
POSTGIS_VERSION = (2, 1)

EMAIL_HOST = "smtp.gmail.com"
EMAIL_HOST_USER = "server@temba.io"
EMAIL_HOST_PASSWORD = "mypassword"
EMAIL_USE_TLS = True
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = "server@temba.io"
FLOW_FROM_EMAIL = "Temba <no-reply@temba.io>"
SEND_EMAILS = False

STORAGE_URL = None
AWS_ACCESS_KEY_ID = "aws_access_key_id"
AWS_SECRET_ACCESS_KEY = "aws_secret_access_key"
AWS_DEFAULT_ACL = "private"
AWS_STORAGE_BUCKET_NAME = "dl-temba-io"
AWS_BUCKET_DOMAIN = AWS_STORAGE_BUCKET_NAME + ".s3.amazonaws.com"
ARCHIVE_BUCKET = "dl-temba-archives"

STATIC_URL = "/sitestatic/"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "context_processors": [
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "debug": DEBUG,
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
LOGGING = {
    "version": 1,
    "disable_existing_loggers": True,
    "root": {"level": "WARNING", "handlers": ["console"]},
    "handlers": {"console": {"level": "DEBUG", "class": "logging.StreamHandler"}},
    "loggers": {
        "django.db.backends": {"level": "ERROR", "handlers": ["console"], "propagate": False},
        "temba.formax": {"level": "DEBUG" if DEBUG else "ERROR", "handlers": ["console"], "propagate": False},
    },
}
ROOT_URLCONF = "temba.urls"
BRANDING = {
    "rapidpro.io": {
        "slug": "rapidpro",
        "name": "RapidPro",
        "email": "join@rapidpro.io",
        "support_email": "support@rapidpro.io",
        "link": "https://app.rapidpro.io",
        "api_link": "https://api.rapidpro.io",
        "domain": "app.rapidpro.io",
        "ticket_domain": "tickets.rapidpro.io",
        "allow_signups": True,
    }
}
DEFAULT_BRAND = "rapidpro.io"

# The engine's settings live in a private name there, which `import *` does not bring along.
_default_database_config = {
    "ENGINE": "django.contrib.gis.db.backends.postgis",
    "NAME": "temba",
    "USER": "temba",
    "PASSWORD": "temba",
    "HOST": "localhost",
    "PORT": "5432",
    "ATOMIC_REQUESTS": True,
    "CONN_MAX_AGE": 60,
    "OPTIONS": {},
    "DISABLE_SERVER_SIDE_CURSORS": True,
}
DATABASES = {"default": _default_database_config, "readonly": _default_database_config.copy()}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"

REDIS_HOST = "localhost"
REDIS_PORT = 6379
REDIS_DB = 15
CELERY_BROKER_URL = "redis://%s:%d/%d" % (REDIS_HOST, REDIS_PORT, REDIS_DB)
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5}
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": "redis://%s:%s/%s" % (REDIS_HOST, REDIS_PORT, REDIS_DB),
        "OPTIONS": {"CLIENT_CLASS": "django_redis.client.DefaultClient"},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_CACHE_ALIAS = "default"

HOSTNAME = "localhost"
IP_ADDRESSES = ("172.16.10.10", "162.16.10.20")
MAILROOM_URL = None
MAILROOM_AUTH_TOKEN = None
ELASTICSEARCH_URL = "http://localhost:9200"
