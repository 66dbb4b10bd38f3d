"""Puts and heads an object every 20 ms, by whatever key a file holds then, until the file is gone; prints what failed.

Arguments: address of S3, bucket, the file: an access key id and its secret, a line each.
"""
import json, sys, threading, time

import requests
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

address, bucket, file = sys.argv[1:]
done = []


def client(number):
    session = requests.Session()
    url = f"{address}/{bucket}/load-{number}"
    while True:
        try:
            with open(file) as lines:
                key = Credentials(*lines.read().split("\n")[:2])
        except FileNotFoundError:
            return
        for method, data in (("PUT", b"x"), ("HEAD", b"")):
            request = AWSRequest(method, url, data=data)
            S3SigV4Auth(key, "s3", "us-east-1").add_auth(request)
            done.append(session.request(method, url, data=data, headers=dict(request.headers)).status_code)
        time.sleep(0.02)


threads = [threading.Thread(target=client, args=[number]) for number in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(json.dumps({"requests": len(done), "failed": [status for status in done if status != 200]}))
