"""Runs a command whose errors go to a terminal and prints, as JSON, what that shows, the result and the code. With
`interrupt` in front, types Ctrl-C once something is shown."""
import json, os, pty, select, signal, subprocess, sys, time

interrupt = sys.argv[1] == "interrupt"
command = sys.argv[2:] if interrupt else sys.argv[1:]
ours, side = pty.openpty()
child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=side, start_new_session=True)
os.close(side)
seen, end = "", time.monotonic() + 20
while time.monotonic() < end and select.select([ours], [], [], end - time.monotonic())[0]:
    try:
        read = os.read(ours, 65536).decode()
    except OSError:  # The other side is closed.
        break
    if interrupt and read:
        child.send_signal(signal.SIGINT)
        interrupt = False
    seen += read
print(json.dumps({"shown": seen, "result": child.stdout.read().decode(), "code": child.wait(20)}))
