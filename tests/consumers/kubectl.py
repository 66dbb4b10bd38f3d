"""Prints, as JSON, the data of every object of a file, as kubectl decodes it. No cluster is asked."""
import base64, json, shutil, subprocess, sys

if not shutil.which("kubectl"):
    sys.exit("kubectl is missing: install the Debian package kubernetes-client or kubectl")
done = subprocess.run(
    ["kubectl", "annotate", "--local", "-f", sys.argv[1], "read=yes", "-o", "json"], capture_output=True, text=True
)
if done.returncode:
    sys.exit(done.stderr)
found, at, decoder = {}, 0, json.JSONDecoder()
while at < len(done.stdout):
    thing, at = decoder.raw_decode(done.stdout, at)
    at += len(done.stdout[at:]) - len(done.stdout[at:].lstrip())
    secret = thing["kind"] == "Secret"
    for key, value in thing.get("data", {}).items():
        found[key] = base64.b64decode(value).decode() if secret else value
print(json.dumps(found))
