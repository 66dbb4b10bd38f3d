"""Prints, as JSON, what systemd's own load_env_file makes of a file."""
import ctypes, glob, json, sys

libraries = sorted(glob.glob("/usr/lib/*/systemd/libsystemd-shared-*.so") + glob.glob("/usr/lib/systemd/libsystemd-shared-*.so"))
if not libraries:
    sys.exit("libsystemd-shared is missing: install the Debian package libsystemd-shared (or systemd)")
shared, libc = ctypes.CDLL(libraries[-1]), ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
shared.load_env_file.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(ctypes.POINTER(ctypes.c_char_p))]

path = sys.argv[1].encode()
stream = libc.fopen(path, b"re")
pairs = ctypes.POINTER(ctypes.c_char_p)()
code = shared.load_env_file(stream, path, ctypes.byref(pairs))
if code < 0:
    sys.exit(f"load_env_file answers {code}")
found, at = {}, 0
while pairs and pairs[at] is not None:
    name, _, value = pairs[at].decode().partition("=")
    found[name] = value
    at += 1
print(json.dumps(found))
