"""Prints, as JSON, the kinds of a file's objects, each of which Kubernetes' own schema allows and nothing more."""
import json, sys

try:
    import kubernetes_validate, yaml
except ImportError as missing:
    sys.exit(f"{missing.name} is missing: install the Python packages of tests/requirements.txt")
kinds = []
with open(sys.argv[1], encoding="utf-8") as file:
    for thing in yaml.safe_load_all(file):
        kubernetes_validate.validate(thing, "1.37", strict=True)
        kinds.append(thing["kind"])
print(json.dumps(kinds))
