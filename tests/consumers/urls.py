"""Prints, as JSON, what the libraries that read URLs make of each of some URLs.

Arguments: JSON of a list of URLs. `login` before it logs in to what they name, and prints what the servers answer.
"""
import json, sys
import urllib.parse

import kombu, psycopg, redis, valkey

# What net/url lets stand unescaped in the part before the @.
GO_USERINFO = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:~!$&'()*+,;=%@")


def go(url):
    """The steps of Go's url.Parse for a URL with an authority. The services have no other reader of URLs."""
    if any(ord(c) < 0x20 or ord(c) == 0x7F for c in url):
        raise ValueError("net/url: invalid control character in URL")
    rest, _, _fragment = url.partition("#")
    scheme, _, rest = rest.partition("://")
    rest, _, query = rest.partition("?")
    authority, slash, path = rest.partition("/")
    userinfo, _, host = authority.rpartition("@")
    if not set(userinfo) <= GO_USERINFO:
        raise ValueError("net/url: invalid userinfo")
    user, _, password = userinfo.partition(":")
    name, _, port = host.rpartition(":")
    if not port.isdigit():
        raise ValueError("net/url: invalid port")
    return {
        "scheme": scheme.lower(),
        "user": unescape(user),
        "password": unescape(password),
        "host": name,
        "port": int(port),
        "path": unescape(slash + path),
        "query": {unescape(k.replace("+", " ")): unescape(v.replace("+", " ")) for k, _, v in (p.partition("=") for p in query.split("&") if p)},
    }


def unescape(text):
    for at, c in enumerate(text):
        if c == "%" and not (len(text) >= at + 3 and all(d in "0123456789abcdefABCDEF" for d in text[at + 1 : at + 3])):
            raise ValueError("net/url: invalid URL escape")
    return urllib.parse.unquote(text, errors="strict")


def python(url):
    """Python's urllib, with what each of its users does next: decode."""
    split = urllib.parse.urlsplit(url)
    parts = [urllib.parse.unquote(part) if part is not None else "" for part in (split.username, split.password)]
    query = dict(urllib.parse.parse_qsl(split.query))
    return {"scheme": split.scheme, "user": parts[0], "password": parts[1], "host": split.hostname, "port": split.port, "path": split.path, "query": query}


def libpq(url):
    found = psycopg.conninfo.conninfo_to_dict(url)
    query = {name: found[name] for name in found if name not in ("user", "password", "host", "port", "dbname")}
    return {"scheme": "postgres", "user": found["user"], "password": found["password"], "host": found["host"], "port": int(found["port"]), "path": "/" + found["dbname"], "query": query}


def pool(library, scheme):
    def read(url):
        found = library.ConnectionPool.from_url(url).connection_kwargs
        return {"scheme": scheme, "user": found.get("username") or "", "password": found.get("password") or "", "host": found["host"], "port": found["port"], "path": f"/{found['db']}", "query": {}}

    return read


def celery(url):
    found = kombu.Connection(url)
    return {"scheme": found.transport_cls, "user": found.userid or "", "password": found.password or "", "host": found.hostname, "port": found.port, "path": "/" + found.virtual_host, "query": {}}


READERS = {
    "postgres": {"libpq": libpq},
    "redis": {"redis-py": pool(redis, "redis"), "kombu": celery},
    "valkey": {"valkey-py": pool(valkey, "valkey")},
    "smtp": {},
}


def log_in(url):
    scheme = url.partition(":")[0]
    if scheme == "postgres":
        with psycopg.connect(url) as connection:
            return connection.execute("select current_user, current_database()").fetchone()
    library = {"redis": redis.Redis, "valkey": valkey.Valkey}[scheme]
    client = library.from_url(url)
    return [client.ping(), client.client_info()["db"]]


urls = json.loads(sys.argv[-1])
if sys.argv[1] == "login":
    print(json.dumps([log_in(url) for url in urls]))
else:
    readers = lambda url: {"urllib": python, "net/url": go, **READERS[url.partition(":")[0]]}
    print(json.dumps([{name: read(url) for name, read in readers(url).items()} for url in urls]))
