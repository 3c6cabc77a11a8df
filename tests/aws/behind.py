"""The stand-in of tests/crash with a server that others wrote behind it: what is asked of AWS passes to that server as it came,
is counted when it took effect, and can be broken and watched on the way. Notices are taken here."""
import http.client
import json
import os
import pathlib
import sys
import urllib.parse

import boto3

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "crash"))

from standin import Cloud  # noqa: E402

HOP = ("connection", "keep-alive", "transfer-encoding", "content-length", "date", "server")


class Behind(Cloud):
    """Several share the server: each has users of its own."""
    count = 0

    def __init__(self, url):
        super().__init__()
        self.upstream = urllib.parse.urlsplit(url).netloc
        self.iam = boto3.client("iam", endpoint_url=url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
        with self.lock:
            Behind.count += 1
            self.mark = f"-{os.getpid()}-{Behind.count}"
        self.iam.create_user(UserName=f"keysnare{self.mark}")
        self.iam.put_user_policy(UserName=f"keysnare{self.mark}", PolicyName="all", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
        self.own = self.key(f"keysnare{self.mark}")

    def key(self, name):
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    def make_user(self, name, number):
        self.iam.create_user(UserName=name)
        return self.key(name)[0]

    def act(self, request):
        if request.operation == "Notice":
            return self.take_notice(request)
        connection = http.client.HTTPConnection(self.upstream, timeout=60)
        connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():
            if name not in ("connection", "transfer-encoding"):
                connection.putheader(name, value)
        connection.endheaders(request.body)
        reply = connection.getresponse()
        body, headers = reply.read(), {name: value for name, value in reply.getheaders() if name.lower() not in HOP}
        connection.close()
        if request.is_write() and reply.status < 300:
            with self.lock:
                self.effects.append(request.what())
        return reply.status, headers, body
