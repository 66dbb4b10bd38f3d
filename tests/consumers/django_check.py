"""Prints, as JSON, what Django makes of a rendered settings.py: what it would connect with, and its system checks.

Arguments: the settings.py, and the settings_common.py to put beside it. Nothing is connected to.
"""
import importlib, json, sys

import temba_package

temba_package.set_up(sys.argv[1], sys.argv[2])

import django
from django.conf import settings
from django.core import checks, mail
from django.core.cache import caches
from django.core.files.storage import default_storage
from django.db import connections
from django.test import RequestFactory


def database(alias):
    connection = connections[alias]
    given = connection.get_connection_params()
    found = {name: given.get(name) for name in ("host", "port", "user", "password", "sslmode")}
    found["database"] = given.get("database", given.get("dbname"))
    found["port"] = int(found["port"])
    found["spatial"] = hasattr(type(connection.ops), "spatial_version")
    found["server_side_cursors"] = not connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS", False)
    return found


def cache():
    client = caches["default"].client.get_client(write=True)
    given = client.connection_pool.connection_kwargs
    found = {name: given.get(name) for name in ("host", "port", "db", "password")}
    return {"client": type(client).__module__.split(".")[0], **found}


def storage(store):
    """Where an S3 storage would go, and the URL that it would give out for a file."""
    if not hasattr(store, "bucket_name"):
        return type(store).__name__
    client = store.connection.meta.client
    key = client._request_signer._credentials
    url, _, query = store.url("a.jpg").partition("?")
    return {
        "bucket": store.bucket_name,
        "endpoint": client.meta.endpoint_url,
        "region": client.meta.region_name,
        "key": key.access_key,
        "secret": key.secret_key,
        "url": url,
        "signature": "4" if "X-Amz-Signature" in query else "2" if "Signature" in query else None,
        "acl": store.default_acl,
    }


def storages():
    if hasattr(settings, "STORAGES") and django.VERSION >= (4, 2):
        from django.core.files.storage import storages as handler

        return {alias: storage(handler[alias]) for alias in sorted(settings.STORAGES)}
    return {"default": storage(default_storage)}


def own_client():
    """A client of S3 as temba makes one beside django-storages: with keys, and without a region."""
    import boto3

    session = boto3.Session(settings.AWS_ACCESS_KEY_ID, settings.AWS_SECRET_ACCESS_KEY)
    client = session.client("s3")
    url = client.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})
    return {"region": client.meta.region_name, "signature": "4" if "X-Amz-Signature" in url else "2"}


def smtp():
    connection = mail.get_connection(settings.EMAIL_BACKEND)
    names = ("host", "port", "username", "password", "use_tls", "use_ssl")
    return {"from": mail.EmailMessage().from_email, **{name: getattr(connection, name) for name in names}}


def request(host, **headers):
    """Whether Django takes a request for a host, and whether it thinks that it came by https."""
    asked = RequestFactory().get("/", HTTP_HOST=host, **headers)
    try:
        return {"host": asked.get_host(), "secure": asked.is_secure()}
    except django.core.exceptions.DisallowedHost:
        return None


def broker():
    """What Celery connects to, by the settings that temba's Celery reads; 5.2's Celery has no namespace."""
    try:
        import celery
    except ImportError:
        import kombu

        given = kombu.Connection(settings.BROKER_URL)
    else:
        app = celery.Celery("temba")
        app.config_from_object("django.conf:settings", namespace="CELERY")
        given = app.connection_for_write()
    names = {"host": "hostname", "port": "port", "password": "password", "db": "virtual_host", "transport": "transport_cls"}
    return {name: getattr(given, attribute) for name, attribute in names.items()}


engine = importlib.import_module(settings.SESSION_ENGINE)
domain = settings.HOSTNAME
print(
    json.dumps(
        {
            "django": django.get_version(),
            "checks": [str(found) for found in checks.run_checks() if found.level >= checks.WARNING],
            "databases": {alias: database(alias) for alias in sorted(settings.DATABASES)},
            "cache": cache(),
            "broker": broker(),
            "storages": storages(),
            "own_client": own_client(),
            "smtp": smtp(),
            "debug": [settings.DEBUG, settings.TEMPLATES[0].get("OPTIONS", {}).get("debug", settings.DEBUG)],
            "sessions": [engine.SessionStore.__module__, settings.SESSION_CACHE_ALIAS, settings.SESSION_COOKIE_SECURE],
            "secret_key": settings.SECRET_KEY,
            "fallbacks": list(getattr(settings, "SECRET_KEY_FALLBACKS", [])),
            "requests": {
                "site": request(domain, HTTP_X_FORWARDED_PROTO="https"),
                "plain": request(domain),
                "stranger": request("stranger.example.org"),
            },
        }
    )
)
