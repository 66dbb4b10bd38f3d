"""Figures of applications of six files to a host in a folder: what an unchanged one takes, what a changed one syncs."""

import os
import re
import shutil
import statistics
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ACCOUNTS = ("courier", "mailroom", "django", "rapidpro-archiver", "rapidpro-indexer")
FILES = 6
RUNS = 30
CHANGES = "write,pwrite64,rename,renameat,renameat2,link,linkat,mkdir,mkdirat,unlink,unlinkat,fsync,fdatasync,fchmod,fchown,ftruncate"


def project(folder):
    """env/demo.yml with everything on one host, and that host's accounts and folders, as the roles make them."""
    for name in ("env/base.yml", "env/demo.yml", "env/demo.vault.yml", "templates/nginx-upstreams.conf.j2"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    document = (folder / "env/demo.yml").read_text()
    services = "django, celery, beat, courier, mailroom, archiver, indexer"
    one = f"hosts:\n  one: {{internal: 127.0.0.1, public: 198.51.100.10, services: [{services}]}}\n"
    document, replaced = re.subn(r"hosts:\n(  .*\n)+", one, document, count=1)
    assert replaced and "hosts: [web]" in document
    (folder / "env/demo.yml").write_text(document.replace("hosts: [web]", "hosts: [one]"))
    host = folder / "host"
    (host / "etc/nginx/conf.d").mkdir(parents=True)
    names = [("root", 0), ("www-data", 33), *((name, 1000 + n) for n, name in enumerate(ACCOUNTS))]
    (host / "etc/passwd").write_text("".join(f"{name}:x:{n}:{n}::/home/{name}:\n" for name, n in names))
    (host / "etc/group").write_text("".join(f"{name}:x:{n}:\n" for name, n in names))
    for name, number in names[2:]:
        app = host / "home" / name / ("app/temba" if name == "django" else "app")
        app.mkdir(parents=True)
        for made in (app, app.parent, host / "home" / name):
            if os.geteuid() == 0:
                os.chown(made, number, number)
    return ["apply", "demo", "--root", str(host), "--no-hooks"]


def spoil(host):
    """Makes every file another one, so that each has to be written again."""
    files = [path for top in ("home", "etc/nginx") for path in (host / top).rglob("*") if path.is_file()]
    assert len(files) == FILES, files
    for path in files:
        path.write_text("x")


def traced(command, folder, calls):
    """The paths that an application's calls are about."""
    trace = folder / "trace"
    subprocess.run(
        ["strace", "-f", "-y", "-o", trace, "-e", f"trace={calls}", *command],
        cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    return [path for path in re.findall(r"\w\(\d+<(.*?)>", trace.read_text()) if path.startswith(str(folder))]


def figures(binary, folder, pairs, empty, show):
    """Prints the figures. `pairs` tells the medians of a command and of an empty process, `show` prints one beside its
    limit."""
    command = [binary, *project(folder)]
    quiet = {"cwd": folder, "check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    host = folder / "host"
    subprocess.run(command, **quiet)
    again, nothing = pairs(command, empty, cwd=folder)
    show("apply, six files unchanged", (again - nothing) * 1000, 10, "ms")
    show("  what it writes, renames, makes, links or syncs", len(traced(command, folder, CHANGES)), 0, "")
    times = []
    for _ in range(RUNS):
        spoil(host)
        start = time.perf_counter()
        subprocess.run([*command, "--overwrite"], **quiet)
        times.append(time.perf_counter() - start)
    show("apply, six files changed, tmpfs", (statistics.median(times) - nothing) * 1000, 20, "ms")
    spoil(host)
    assert len(traced([*command, "--overwrite"], folder, CHANGES)) > FILES, "the trace shows nothing"
    spoil(host)
    paths = traced([*command, "--overwrite"], folder, "fsync,fdatasync")
    own = [path for path in paths if "/var/lib/rpconf" in path]
    folders = [path for path in paths if path not in own and Path(path).is_dir()]
    show("  syncs of the files", len(paths) - len(own) - len(folders), FILES, "")
    show("  of their folders", len(folders), FILES, "")
    show("  of the journal, the generation and their folder", len(own), 5, "")
