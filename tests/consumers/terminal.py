"""Runs `rpconf run` on a terminal and prints, as JSON, what a person would see. The argument is the program."""
import fcntl, json, os, pty, re, select, signal, struct, subprocess, sys, tempfile, termios, time

SHELL = r"""
test -t 0 && test -t 1 && test -t 2 && echo "terminal yes"
echo "size $(stty size)"
trap 'echo "changed $(stty size)"' WINCH
echo ready
until read -r line; do :; done; echo "read $line"
echo "token $COURIER_AUTH_TOKEN"
printf 'F? '; read -r line
trap 'echo interrupted; exit 9' INT
echo waiting
while :; do sleep 0.1; done
"""


def size(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


class Session:
    def __init__(self, *command, errors=None):
        self.ours, self.side = pty.openpty()
        size(self.ours, 33, 101)
        self.before = termios.tcgetattr(self.side)
        self.seen = ""
        arguments = [sys.argv[1], "-C", os.getcwd(), "run", "demo", "courier", "--", *command]
        self.child = subprocess.Popen(
            arguments, stdin=self.side, stdout=self.side, stderr=errors or self.side, start_new_session=True
        )

    def until(self, pattern):
        """Reads until the pattern is seen, and answers the match."""
        end = time.monotonic() + 20
        while not (found := re.search(pattern, self.seen)):
            if time.monotonic() > end or not select.select([self.ours], [], [], 20)[0]:
                sys.exit(f"{pattern!r} is not in {self.seen!r}")
            self.seen += os.read(self.ours, 65536).decode()
        self.seen = self.seen[found.end():]
        return found

    def type(self, text):
        os.write(self.ours, text.encode())


told = {}
session = Session("sh", "-c", SHELL)
told["is a terminal"] = bool(session.until("terminal yes"))
told["size"] = session.until(r"size (\d+ \d+)")[1]
session.until("ready")
told["raw meanwhile"] = not termios.tcgetattr(session.side)[3] & termios.ICANON
size(session.ours, 44, 120)
os.kill(session.child.pid, signal.SIGWINCH)
told["size after a change"] = session.until(r"changed (\d+ \d+)")[1]
session.type("hello\r")
told["typed"] = session.until("read hello")[0]
told["masked"] = session.until(r"token (\S+)")[0]
# `F` could be the beginning of every demo secret: a prompt is shown all the same.
told["prompt"] = bool(session.until(r"F\? "))
session.type("\r")
session.until("waiting")
session.type("\x03")
told["interrupted"] = session.until("interrupted")[0]
told["code"] = session.child.wait(20)
told["restored"] = termios.tcgetattr(session.side) == session.before
missing = Session("rpconf-no-such-command")
missing.until("was not run")
told["not found"] = missing.child.wait(20)
with tempfile.TemporaryFile() as errors:
    apart = Session("sh", "-c", 'echo "err $COURIER_AUTH_TOKEN" >&2; echo shown', errors=errors)
    apart.until("shown")
    apart.child.wait(20)
    errors.seek(0)
    told["errors apart"] = errors.read().decode()
print(json.dumps(told))
