"""The SMTP password of Amazon SES, step by step as its manual says it. Arguments: region, secret access key, and so on.

Prints a JSON list, a password for each pair. Signing by botocore gives the key for date, region and service.
"""
import base64, hashlib, hmac, json, sys

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def password(region, secret):
    signer = SigV4Auth(Credentials("x", secret), "ses", region)
    request = AWSRequest("GET", "http://x/")
    request.context["timestamp"] = "11111111T000000Z"
    # A signature is the digest of the text to sign by the derived key, in hexadecimal.
    return base64.b64encode(b"\x04" + bytes.fromhex(signer.signature("SendRawEmail", request))).decode()


pairs = list(zip(sys.argv[1::2], sys.argv[2::2]))
made = [password(*pair) for pair in pairs]
for (region, secret), expect in zip(pairs, made):
    key = ("AWS4" + secret).encode()
    for part in ("11111111", region, "ses", "aws4_request", "SendRawEmail"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    assert base64.b64encode(b"\x04" + key).decode() == expect, "the manual's steps and botocore agree"
print(json.dumps(made))
