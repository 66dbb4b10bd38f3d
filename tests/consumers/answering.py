"""Runs a program on a terminal of its own, and answers what it asks there.

Arguments: JSON of [pattern, answer, file or null, its new content], the program, its arguments. A file is written before
the answer is given. Prints, as JSON, all that the terminal showed, and the program's code.
"""
import fcntl, json, os, pty, re, select, subprocess, sys, termios, time

answers = json.loads(sys.argv[1])
ours, side = pty.openpty()


def take():
    os.setsid()
    fcntl.ioctl(side, termios.TIOCSCTTY, 0)


child = subprocess.Popen(sys.argv[2:], stdin=side, stdout=side, stderr=side, preexec_fn=take)
os.close(side)
shown, seen, end = "", "", time.monotonic() + 60
while time.monotonic() < end and select.select([ours], [], [], 60)[0]:
    try:
        text = os.read(ours, 65536).decode()
    except OSError:
        break
    shown, seen = shown + text, seen + text
    if answers and (found := re.search(answers[0][0], seen)):
        _, answer, file, content = answers.pop(0)
        if file:
            with open(file + ".new", "w") as fresh:
                fresh.write(content)
            os.rename(file + ".new", file)
        seen = seen[found.end():]
        # What is typed before the terminal stops to echo would be shown.
        time.sleep(0.2)
        os.write(ours, (answer + "\n").encode())
print(json.dumps({"shown": shown, "code": child.wait(20), "unasked": len(answers)}))
