"""What people run today: 1Password's client and jinja2, each as its README has it, one reference after the other.

Arguments: template, file to write. OP_CONNECT_HOST and OP_CONNECT_TOKEN say where the secrets are.
"""
import sys

import jinja2
from onepasswordconnectsdk.client import new_client_from_environment

client = new_client_from_environment()


def op(reference):
    vault, item, field = reference.removeprefix("op://").split("/")
    return next(each.value for each in client.get_item(item, vault).fields if each.label == field)


template = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(open(sys.argv[1]).read())
open(sys.argv[2], "w").write(template.render(op=op))
