"""Fills ExternalSecrets as the operator would, and compares with what `render --format k8s` made of the same vault.

The arguments are the schema of an ExternalSecret and a folder: `sdk` and `connect` hold the services' external-secret.yaml, and each folder `case-…` a vault
(`vault.json`) and the services' k8s.yaml. Printed is, for each case, the names of what differs, or the failure.
"""
import base64, json, os, pathlib, shutil, subprocess, sys

try:
    import jsonschema, yaml
except ImportError as missing:
    sys.exit(f"{missing.name} is missing: install the Python packages of tests/requirements.txt")

here = pathlib.Path(__file__).parent
schema = json.loads(pathlib.Path(sys.argv[1]).read_text())


def engine():
    if not shutil.which("go") or not pathlib.Path("/usr/share/gocode/src/github.com/Masterminds/sprig").exists():
        sys.exit("Go or sprig is missing: install the Debian packages golang-go and golang-github-masterminds-sprig-dev")
    target = here.parent.parent / "target"
    program = target / "gotemplate"
    settings = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(target / "go-cache"), "GOFLAGS": ""}
    subprocess.run(
        ["go", "build", "-o", program, here / "gotemplate/main.go"], check=True, env={**os.environ, **settings}
    )
    return program


def field(vault, provider, remote):
    """What a provider answers, by the words that it goes by."""
    if provider == "sdk":
        names = remote["key"].split("/")
        item, section, label = names[0], names[1:-1], names[-1]
    else:
        item, section, label = remote["key"], [], remote["property"]
    items = [one for one in vault["items"] if one["title"] == item]
    assert len(items) == 1, f"{len(items)} items for {remote}"
    fields = [
        one for one in items[0]["fields"]
        if one["label"] == label and (not section or one.get("section", {}).get("label") == section[0])
    ]
    assert len(fields) == 1, f"{len(fields)} fields for {remote}"
    return fields[0]["value"]


def secret(path):
    objects = list(yaml.safe_load_all(path.read_text()))
    public = [thing["data"] for thing in objects if thing["kind"] == "ConfigMap"]
    return {key: base64.b64decode(value).decode() for key, value in objects[0]["data"].items()}, public


def settings(module):
    names = {"STORAGES": {}, "DATABASES": {}, "BRAND": {}}
    exec(module.replace("from .settings_common import *", ""), names)
    return {name: value for name, value in names.items() if name.isupper()}


folder, program, report = pathlib.Path(sys.argv[2]), engine(), {}
cases = sorted(folder.glob("case-*"))
for provider in ["sdk", "connect"]:
    for path in sorted((folder / provider).glob("*/external-secret.yaml")):
        service = path.parent.name
        wanted, *others = yaml.safe_load_all(path.read_text())
        jsonschema.validate(wanted, schema)
        spec = wanted["spec"]
        template = spec["target"]["template"]
        templates = {**template["data"], "annotation": template["metadata"]["annotations"]["rpconf/content"]}
        vaults = [json.loads((case / "vault.json").read_text())["vaults"][0] for case in cases]
        fields = [
            {one["secretKey"]: field(vault, provider, one["remoteRef"]) for one in spec["data"]} for vault in vaults
        ]
        given = json.dumps({"templates": templates, "cases": fields})
        filled = json.loads(subprocess.run([program], input=given, capture_output=True, text=True, check=True).stdout)
        marks = set()
        for case, texts in zip(cases, filled):
            where, expected = f"{case.name} {provider} {service}", case / service / "k8s.yaml"
            if "error" in texts:
                report[where] = texts["error"].split("error calling fail: ")[-1]
                continue
            marks.add(texts.pop("annotation"))
            if not expected.exists():
                report[where] = "filled, though link refuses it"
                continue
            ours, public = secret(expected)
            if service == "django":
                ours, texts = settings(ours["settings.py"]), settings(texts["settings.py"])
            names = sorted({name for name in {*ours, *texts} if ours.get(name) != texts.get(name)})
            if names or public != [thing["data"] for thing in others]:
                report[where] = names or "public settings"
        assert len(marks) <= len(cases)
print(json.dumps(report))
