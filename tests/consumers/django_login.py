"""Logs in with a rendered settings.py: Django's connections to PostgreSQL, its cache, and Celery's broker.

Arguments: the settings.py, and the settings_common.py to put beside it. Prints, as JSON, who it is and where.
"""
import json, sys

import temba_package

temba_package.set_up(sys.argv[1], sys.argv[2])

import kombu

from django.conf import settings
from django.core.cache import caches
from django.db import connections


def database(alias):
    with connections[alias].cursor() as cursor:
        cursor.execute("select current_user, current_database()")
        return list(cursor.fetchone())


cache = caches["default"]
cache.set("greeting", "hello")
broker = kombu.Connection(getattr(settings, "CELERY_BROKER_URL", None) or settings.BROKER_URL)
with broker:
    queue = broker.SimpleQueue("greetings")
    queue.put("hello")
    message = queue.get(timeout=5)
    message.ack()
    queue.close()
    keyspace = [name for name in broker.default_channel.client.info("keyspace") if name.startswith("db")]
print(
    json.dumps(
        {
            "databases": {alias: database(alias) for alias in sorted(settings.DATABASES)},
            "cache": cache.get("greeting"),
            "broker": message.payload,
            "keyspace": keyspace,
        }
    )
)
