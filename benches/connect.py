"""Figures of renders from a Connect server, `rpconf vault serve --latency`: rpconf's beside their limits, then the same
render by the scripts in `peers`."""

import math
import os
import re
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEERS = Path(__file__).resolve().parent / "peers"
LATENCY = 50
RUNS = 11
TOKEN = "FAKE-bench-token"


class Server:
    """A server over a folder's vault, which answers each request after some milliseconds."""

    def __init__(self, binary, folder, latency):
        (folder / "token").write_text(TOKEN)
        self.process = subprocess.Popen(
            [binary, "vault", "serve", "vault.yml", "--token-file", "token", "--listen", "127.0.0.1:0", "--latency", str(latency)],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        self.host = self.process.stdout.readline().strip().removeprefix("OP_CONNECT_HOST=")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def counters(self):
        with urllib.request.urlopen(self.host + "/metrics") as answer:
            lines = answer.read().decode().splitlines()
        return {name: int(value) for name, value in (line.split() for line in lines if not line.startswith("#"))}


def environment(host):
    """The variables of a run; those that tell OpenSSL where certificates are would hide where the system has them."""
    kept = {name: value for name, value in os.environ.items() if name not in ("SSL_CERT_FILE", "SSL_CERT_DIR")}
    return {**kept, "OP_CONNECT_HOST": host, "OP_CONNECT_TOKEN": TOKEN, "NO_PROXY": "*"}


# References of env/production.yml that its release does not read.
UNREAD = ("Production Courier", "Production Obfuscation")
COURIER = '  courier: {port: 8005, spool_dir: "{{ service.home }}/spool"}'


def project(folder, items, references):
    """env/production.yml with references added, up to so many in so many items, its vault, and a template of them all."""
    (folder / "env").mkdir(parents=True)
    document = (ROOT / "env/production.yml").read_text()
    vault = (ROOT / "tests/vaults/production.vault.yml").read_text()
    names = [name for name in re.findall(r"op://[^\n}]+", document) if not any(item in name for item in UNREAD)]
    more = items - len({name.split("/")[3] for name in names})
    extra, settings = references - len(names), []
    for n in range(more):
        vault += f"      - title: Bench {n}\n        fields:\n"
        for field in range(extra // more + (n < extra % more)):
            vault += f"          - {{label: f{field}, type: CONCEALED, value: FAKE-{n}-{field}}}\n"
            names.append(f"op://RapidPro/Bench {n}/f{field}")
            settings.append(f"      BENCH_{n}_{field}: {names[-1]}")
    assert COURIER in document
    extended = COURIER.replace("{port: 8005, spool_dir", "\n    port: 8005\n    spool_dir").removesuffix("}")
    extended = "\n".join([extended, "    extra:", *settings])
    (folder / "env/production.yml").write_text(document.replace(COURIER, extended))
    (folder / "vault.yml").write_text(vault)
    (folder / "template").write_text("".join(f'V{n}={{{{ op("{name}") }}}}\n' for n, name in enumerate(names)))


def timed(command, folder, host, before=lambda: None):
    """Median seconds of whole processes, each of which must succeed."""
    times = []
    for _ in range(RUNS):
        before()
        start = time.perf_counter()
        subprocess.run(command, cwd=folder, env=environment(host), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def asked(server, run):
    """How many requests something takes."""
    before = server.counters()["rpconf_vault_requests_total"]
    run()
    return server.counters()["rpconf_vault_requests_total"] - before - 1


def figures(binary, folder, show, used):
    """Prints the figures. `show` prints one beside its limit, `used` tells a command's memory in MiB and its processor
    time in seconds."""
    small, large = folder / "small", folder / "large"
    project(small, 8, 24)
    project(large, 200, 500)
    render = [binary, "render", "production", "--out", "out"]

    def cold(where):
        return lambda: (where / "env/production.lock").unlink(missing_ok=True)

    with Server(binary, small, LATENCY) as server:
        request = LATENCY / 1000
        show("render, 24 references in 8 items, cold, / 50 ms", timed(render, small, server.host, cold(small)) / request, 3.4, "x")
        show("  the same, its ids locked, / 50 ms", timed(render, small, server.host) / request, 1.25, "x")
        exactly(show, "  requests, locked", asked(server, lambda: once(render, small, server.host)), 8)
        cold(small)()
        exactly(show, "  requests, cold", asked(server, lambda: once(render, small, server.host)), 10)
        peers(small, server, "at 50 ms", used)
    with Server(binary, small, 0) as server:
        show("  the same, locked, at 0 ms", timed(render, small, server.host) * 1000, 15, "ms")
        show("  peak memory", used(render, small, environment(server.host))[0], 20, "MiB")
        peers(small, server, "at 0 ms", used)
    with Server(binary, large, LATENCY) as server:
        once(render, large, server.host)
        limit = math.ceil(200 / 16) * LATENCY * 1.2
        show("render, 500 references in 200 items, locked", timed(render, large, server.host) * 1000, limit, "ms")
        before = server.counters()["rpconf_vault_connections_total"]
        once(render, large, server.host)
        counters = server.counters()
        show("  requests at a time", counters["rpconf_vault_requests_at_once_max"], 16, "")
        show("  connections", counters["rpconf_vault_connections_total"] - before - 1, 16, "")
    roots(binary, folder, show, used)


def once(command, folder, host):
    subprocess.run(command, cwd=folder, env=environment(host), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def exactly(show, name, figure, expect):
    show(name, figure, expect, "")
    if figure < expect:
        sys.exit(f"{name}: {figure} are fewer than can be; the count is wrong")


def peers(folder, server, when, used):
    python = ROOT / "target/test-venv/bin/python"
    if not python.exists():
        sys.exit("the peers' Python is missing: run tests/install")
    for name in ("careful", "naive"):
        command = [str(python), str(PEERS / f"{name}.py"), "template", f"{name}.out"]
        seconds = timed(command, folder, server.host)
        requests = asked(server, lambda: once(command, folder, server.host))
        memory, _ = used(command, folder, environment(server.host))
        print(f"  beside it, {name}.py {when:<28} {seconds * 1000:>9.2f} ms   {requests:>3} requests  {memory:>5.1f} MiB")


def roots(binary, folder, show, used):
    """What the system's certificates cost, in processor time: so little is lost in the noise of a clock. A token that no
    header can carry ends a run once the client is set up, before anything is sent."""

    def refused(host):
        env = {**environment(host), "OP_CONNECT_TOKEN": "a\nb"}
        said = subprocess.run([binary, "vault", "ping"], cwd=folder, env=env, capture_output=True, text=True).stderr
        assert "no header can carry" in said, said
        return statistics.median(used([binary, "vault", "ping"], folder, env)[1] for _ in range(RUNS * 3))

    nothing = statistics.median(used([binary, "--version"], folder)[1] for _ in range(RUNS * 3))
    plain = refused("http://127.0.0.1:1")
    show("TLS roots: a client of an http host, over `--version`", (plain - nothing) * 1000, 1, "ms")
    show("TLS roots: of an https host, over http", (refused("https://127.0.0.1:1") - plain) * 1000, 3, "ms")
