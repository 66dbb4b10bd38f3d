"""A mail server that takes no mail: prints its two ports, STARTTLS and implicit TLS, and a certificate to trust.

Arguments: a file that holds, as JSON, a list of [user, password] that it lets in; a file that it notes logins and mails in.
"""
import datetime, ipaddress, json, socket, ssl, sys, tempfile, time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

users, notes = sys.argv[1:]


def note(what):
    with open(notes, "a") as file:
        file.write(what + "\n")


def certificate():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    own = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    pem = own.public_bytes(serialization.Encoding.PEM)
    with tempfile.NamedTemporaryFile() as file:
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        file.write(pem + key.private_bytes(encoding, form, serialization.NoEncryption()))
        file.flush()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file.name)
    return pem.decode(), context


def authenticate(server, session, envelope, mechanism, data):
    with open(users) as file:
        known = json.load(file)
    taken = [data.login.decode(), data.password.decode()] in known
    encrypted = server.transport.get_extra_info("sslcontext") is not None
    note(f"{mechanism} {'taken' if taken else 'refused'} {'encrypted' if encrypted else 'plain'}")
    return AuthResult(success=taken, handled=False)


class NoMail:
    async def handle_MAIL(self, server, session, envelope, address, options):
        note("MAIL")
        return "550 no mail"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


pem, context = certificate()
options = {"hostname": "127.0.0.1", "authenticator": authenticate}
ports = [free_port(), free_port()]
started = Controller(NoMail(), port=ports[0], tls_context=context, **options)
wrapped = Controller(NoMail(), port=ports[1], ssl_context=context, auth_require_tls=False, **options)
for controller in (started, wrapped):
    controller.start()
print(json.dumps([*ports, pem]), flush=True)
while True:
    time.sleep(1)
