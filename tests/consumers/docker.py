"""Prints, as JSON, the environment that the docker CLI asks a daemon for, given an --env-file.

The daemon is this script: it answers what `docker create` asks, on a socket in a folder of its own.
"""
import http.server, json, os, shutil, socketserver, subprocess, sys, tempfile, threading

if not shutil.which("docker"):
    sys.exit("docker is missing: install the Debian package docker-cli (or docker.io)")
asked = {}


class Daemon(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, code, value):
        body = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Api-Version", "1.41")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        self.answer(200, {"OSType": "linux"})

    do_HEAD = do_GET

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "/containers/create" in self.path:
            asked["environment"] = body["Env"]
        self.answer(201, {"Id": "0" * 64, "Warnings": []})

    def log_message(self, *_):
        pass

    def address_string(self):
        return "client"


class Socket(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


with tempfile.TemporaryDirectory() as folder:
    with Socket(f"{folder}/socket", Daemon) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        clean = {"PATH": os.environ["PATH"], "HOME": folder, "DOCKER_CONFIG": folder, "DOCKER_HOST": f"unix://{folder}/socket"}
        command = ["docker", "create", "--env-file", sys.argv[1], "image"]
        subprocess.run(command, env=clean, stdout=subprocess.DEVNULL, check=True)
        server.shutdown()
pairs = (pair.partition("=") for pair in asked["environment"])
print(json.dumps({name: value for name, _, value in pairs}))
