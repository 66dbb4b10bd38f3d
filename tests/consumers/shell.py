"""Prints, as JSON, the environment of a program that a shell starts after it sourced a file."""
import json, os, shutil, subprocess, sys

shell, path = sys.argv[1:]
if not shutil.which(shell):
    sys.exit(f"{shell} is missing: install the Debian package {shell}")
answers = []
for locale in ("C", "C.UTF-8"):
    clean = {"PATH": os.environ["PATH"], "LC_ALL": locale}
    script = 'set -ea; . "$1"; exec env -0'
    done = subprocess.run([shell, "-c", script, shell, path], env=clean, stdout=subprocess.PIPE, check=True)
    pairs = (pair.partition("=") for pair in done.stdout.decode().split("\0") if pair)
    answers.append({name: value for name, _, value in pairs if name.startswith("A")})
if answers[0] != answers[1]:
    sys.exit(f"{shell} reads the file differently in another locale")
print(json.dumps(answers[0]))
