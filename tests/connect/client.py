"""1Password's own client for Python does what it can against a server, and prints as JSON what came of it.

Arguments: the server's address, its token.
"""
import json, sys

from onepasswordconnectsdk import load_dict
from onepasswordconnectsdk.client import new_client
from onepasswordconnectsdk.errors import FailedToRetrieveItemException
from onepasswordconnectsdk.models import Field, GeneratorRecipe, Item, ItemVault, Section

client = new_client(sys.argv[1], sys.argv[2])
told = {}


def values(item):
    return {field.label: field.value for field in item.fields}


told["vaults"] = sorted(vault.name for vault in client.get_vaults())
vault = client.get_vault_by_title("Team").id
told["vault"] = client.get_vault(vault).name
told["items"] = sorted(item.title for item in client.get_items(vault))
told["by title"] = values(client.get_item("Database", "Team"))
told["quoted"] = values(client.get_item_by_title('a \\"quoted\\" title', vault))
told["by id"] = client.get_item_by_id(client.get_item("Database", "Team").id, vault).title
told["of references"] = load_dict(client, {"password": {"opitem": "Database", "opfield": ".password", "opvault": vault}})

item = client.create_item(vault, Item(
    vault=ItemVault(id=vault), title="Made", category="LOGIN", tags=["a"],
    sections=[Section(id="s", label="More")],
    fields=[
        Field(id="username", label="username", type="STRING", purpose="USERNAME", value="FAKE-user"),
        Field(id="token", label="token", type="CONCEALED", generate=True, section=Section(id="s"),
              recipe=GeneratorRecipe(length=20, character_sets=["DIGITS"])),
    ],
))
made = values(item)
told["made"] = [item.version, made["username"], len(made["token"]), made["token"].isdigit(), item.sections[0].label]
item.fields[0].value = "FAKE-other"
item = client.update_item(item.id, vault, item)
told["updated"] = [item.version, values(item)["username"], values(item)["token"] == made["token"]]
# The client has no method for a patch; its request is sent by its own hands.
patch = [{"op": "replace", "path": "/fields/username/value", "value": "FAKE-third"}]
client.build_request("PATCH", f"/v1/vaults/{vault}/items/{item.id}", patch).raise_for_status()
item = client.get_item_by_id(item.id, vault)
told["patched"] = [item.version, values(item)["username"]]
client.delete_item(item.id, vault)
try:
    client.get_item_by_id(item.id, vault)
except FailedToRetrieveItemException as error:
    told["deleted"] = error.status_code

database = client.get_item("Database", "Team").id
file, = client.get_files(database, vault)
told["files"] = [client.get_file(file.id, database, vault).name]
told["content"] = client.get_file_content(file.id, database, vault, file.content_path).decode()
print(json.dumps(told))
