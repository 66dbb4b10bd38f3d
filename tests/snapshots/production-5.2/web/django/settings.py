# Written by rpconf from environment production. Changes made here are lost.

from .settings_common import *  # noqa

import os

ADMINS = []
ALLOWED_HOSTS = ["rapidpro.app.medicmobile.org", "18.130.0.240"]
ARCHIVE_BUCKET = "medic-rapidpro-archives"
AWS_ACCESS_KEY_ID = "FAKEACCESSKEYID00000"
AWS_BUCKET_DOMAIN = "medic-rapidpro-media.s3.amazonaws.com"
AWS_S3_REGION_NAME = "eu-west-2"
AWS_SECRET_ACCESS_KEY = "FAKE/secret+access=key"
AWS_STORAGE_BUCKET_NAME = "medic-rapidpro-media"
BRANDING = {
    "rapidpro.io": {
        **globals().get("BRANDING", {}).get("rapidpro.io", {}),
        "name": "RapidPro",
        "domain": "rapidpro.app.medicmobile.org",
        "link": "https://rapidpro.app.medicmobile.org",
        "email": "rapidpro@medicmobile.org",
        "support_email": "rapidpro@medicmobile.org",
        "api_link": "https://rapidpro.app.medicmobile.org",
    },
}
BROKER_URL = "redis://redis.rapidpro.internal:6379/15"
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": "redis://redis.rapidpro.internal:6379/15",
        "OPTIONS": {"CLIENT_CLASS": "django_redis.client.DefaultClient"},
    },
}
CSRF_COOKIE_SECURE = True
DATABASES = {
    "default": {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "NAME": "rapidpro",
        "USER": "rapidpro",
        "PASSWORD": "FAKE-p@ss/w:rd #1'\"$`\\&%",
        "HOST": "production-fake.cluster.eu-west-2.rds.amazonaws.com",
        "PORT": "5432",
        "ATOMIC_REQUESTS": True,
        "CONN_MAX_AGE": 60,
        "OPTIONS": {"sslmode": "require"},
        "DISABLE_SERVER_SIDE_CURSORS": True,
    },
    "direct": {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "NAME": "rapidpro",
        "USER": "rapidpro",
        "PASSWORD": "FAKE-p@ss/w:rd #1'\"$`\\&%",
        "HOST": "production-fake.cluster.eu-west-2.rds.amazonaws.com",
        "PORT": "5432",
        "ATOMIC_REQUESTS": True,
        "CONN_MAX_AGE": 60,
        "OPTIONS": {"sslmode": "require"},
    },
}
DEBUG = False
DEFAULT_FILE_STORAGE = "storages.backends.s3boto3.S3Boto3Storage"
DEFAULT_FROM_EMAIL = "rapidpro@medicmobile.org"
ELASTICSEARCH_URL = "https://search.rapidpro.internal:9200"
EMAIL_HOST = "smtp.gmail.com"
EMAIL_HOST_PASSWORD = "FAKE smtp pass&word"
EMAIL_HOST_USER = "rapidpro@medicmobile.org"
EMAIL_PORT = 587
EMAIL_USE_TLS = True
FLOW_FROM_EMAIL = "rapidpro@medicmobile.org"
HOSTNAME = "rapidpro.app.medicmobile.org"
IP_ADDRESSES = ("18.130.0.240", "18.130.0.85")
IS_PROD = True
MAILROOM_AUTH_TOKEN = "FAKE-mailroom-token"
MAILROOM_URL = "http://10.0.1.11:8090"
MANAGERS = []
REDIS_DB = 15
REDIS_HOST = "redis.rapidpro.internal"
REDIS_PORT = 6379
SECRET_KEY = "FAKE-django-secret-key-'quoted'"
SEND_EMAILS = True
SEND_MESSAGES = True
SESSION_COOKIE_SECURE = True
STORAGE_URL = "https://medic-rapidpro-media.s3.amazonaws.com"
TEMPLATES = [{**engine, "OPTIONS": {**engine.get("OPTIONS", {}), "debug": False}} for engine in globals().get("TEMPLATES", ())]
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-2")
