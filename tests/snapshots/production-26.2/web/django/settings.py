# Written by rpconf from environment production. Changes made here are lost.

from .settings_common import *  # noqa

import os

ALLOWED_HOSTS = ["rapidpro.app.medicmobile.org", "18.130.0.240"]
AWS_ACCESS_KEY_ID = "FAKEACCESSKEYID00000"
AWS_REGION = "eu-west-2"
AWS_S3_ADDRESSING_STYLE = "virtual"
AWS_S3_ENDPOINT_URL = None
AWS_S3_REGION_NAME = "eu-west-2"
AWS_SECRET_ACCESS_KEY = "FAKE/secret+access=key"
BRAND = {
    **globals().get("BRAND", {}),
    "name": "RapidPro",
    "hosts": ["rapidpro.app.medicmobile.org"],
    "domain": "rapidpro.app.medicmobile.org",
    "emails": {"notifications": "rapidpro@medicmobile.org"},
}
CACHES = {
    "default": {
        "BACKEND": "django_valkey.cache.ValkeyCache",
        "LOCATION": "redis://redis.rapidpro.internal:6379/15",
    },
}
CELERY_BROKER_URL = "redis://redis.rapidpro.internal:6379/15"
CSRF_COOKIE_SECURE = True
CSRF_TRUSTED_ORIGINS = ["https://rapidpro.app.medicmobile.org"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
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
    "readonly": {
        "ENGINE": "django.db.backends.postgresql",
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
}
DEFAULT_FROM_EMAIL = "rapidpro@medicmobile.org"
DYNAMO_ENDPOINT_URL = None
DYNAMO_TABLE_PREFIX = "Main"
ELASTIC_ENDPOINT_URL = "https://search.rapidpro.internal:9200"
EMAIL_HOST = "smtp.gmail.com"
EMAIL_HOST_PASSWORD = "FAKE smtp pass&word"
EMAIL_HOST_USER = "rapidpro@medicmobile.org"
EMAIL_PORT = 587
EMAIL_USE_TLS = True
FLOW_FROM_EMAIL = "rapidpro@medicmobile.org"
HOSTNAME = "rapidpro.app.medicmobile.org"
ID_OBFUSCATION_KEY = (16403969, 16403970, 16403971, 16403972)
IP_ADDRESSES = ("18.130.0.240", "18.130.0.85")
MAILROOM_AUTH_TOKEN = "FAKE-mailroom-token"
MAILROOM_URL = "http://10.0.1.11:8091"
SECRET_KEY = "FAKE-django-secret-key-'quoted'"
SECRET_KEY_FALLBACKS = []
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = True
STORAGES = {
    "default": {
        "BACKEND": "storages.backends.s3boto3.S3Boto3Storage",
        "OPTIONS": {"bucket_name": "medic-rapidpro-media"},
    },
    "archives": {
        "BACKEND": "storages.backends.s3boto3.S3Boto3Storage",
        "OPTIONS": {"bucket_name": "medic-rapidpro-archives"},
    },
    "public": {
        "BACKEND": "storages.backends.s3boto3.S3Boto3Storage",
        "OPTIONS": {
            "bucket_name": "medic-rapidpro-media",
            "signature_version": "s3v4",
            "default_acl": "public-read",
            "querystring_auth": False,
        },
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STORAGE_URL = "https://medic-rapidpro-media.s3.amazonaws.com"
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-2")
