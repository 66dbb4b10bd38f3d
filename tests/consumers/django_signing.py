"""Signs a session as Django does, or tells which signed ones it takes, by a rendered settings.py.

Arguments: the settings.py, the settings_common.py to put beside it, then signed sessions to read. Prints JSON: a new one,
and for each given one whether it is taken.
"""
import json, sys

import temba_package

temba_package.set_up(sys.argv[1], sys.argv[2])

from django.core import signing

SALT = "django.contrib.sessions.backends.signed_cookies"


def taken(text):
    try:
        return signing.loads(text, salt=SALT) == {"_auth_user_id": "7"}
    except signing.BadSignature:
        return False


signed = signing.dumps({"_auth_user_id": "7"}, salt=SALT)
print(json.dumps({"signed": signed, "taken": [taken(text) for text in sys.argv[3:]]}))
