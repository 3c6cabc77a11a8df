"""What the tests talk to, on 127.0.0.1: moto's server, and a server that answers what a script says and keeps what it was
asked. The second checks every signature with botocore."""
import base64
import datetime
import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import urllib.request

import judges

TOP = pathlib.Path(__file__).resolve().parents[2]
REGION = "eu-west-1"
KEY = ("AKIDSCRIPT0000000000", "script/secret+0123456789012345678901234")


def ask(env, region, *arguments):
    """(status, lines of output, log) of one call through our client."""
    clean = {"PATH": os.environ["PATH"], "HOME": env.get("HOME", "/nonexistent"), "AWS_EC2_METADATA_DISABLED": "true", **env}
    run = subprocess.run([str(TOP / os.environ.get("KEYSNARE_BUILD", "build/gcc") / "tests/aws/ask"), region, *arguments], env=clean,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    return run.returncode, run.stdout.decode().splitlines(), run.stderr.decode()


class Moto:
    """moto's server: signatures and permissions are checked once it is armed."""

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "Running on " in line:
                self.url = line.split("Running on ")[1].split()[0]
                break
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        for _ in range(100):
            try:
                urllib.request.urlopen(self.url + "/moto-api/data.json").read()
                return self
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("moto does not answer")

    def __exit__(self, *rest):
        self.process.kill()
        self.process.wait()

    def arm(self):
        urllib.request.urlopen(urllib.request.Request(self.url + "/moto-api/reset-auth", b"0", {"Content-Type": ""})).read()


class Script:
    """answers: a list of functions of the request, one an answer, that return (status, headers, body); the last one
    goes on. What was asked stands in .asked. tls: the ssl.SSLContext of a server that speaks https, as localhost."""

    def __init__(self, *answers, keys=KEY, clock=0, plain=False, tls=None, more_keys=()):
        script = self
        self.answers, self.asked, self.keys, self.clock, self.plain = list(answers), [], keys, clock, plain
        self.secrets = {key[0]: key[1] for key in (keys, *more_keys)}

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                asked = {"method": self.command, "target": self.path, "headers": list(self.headers.items()),
                         "body": body, "wrong": script.check(self.command, self.path, self.headers.items(), body)}
                script.asked.append(asked)
                answer = script.answers[min(len(script.asked), len(script.answers)) - 1]
                status, headers, content = answer(asked)
                if status is None:
                    self.wfile.write(content)
                    self.close_connection = True
                    return
                self.send_response_only(status)
                for name, value in {"Date": script.date(), "Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = handle_any

            def log_message(self, *args):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
            self.server.handle_error = lambda *args: None
            self.url = f"https://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *rest):
        self.server.shutdown()
        self.server.server_close()

    def date(self):
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.clock)
        return now.strftime("%a, %d %b %Y %H:%M:%S GMT")

    def check(self, method, target, headers, body):
        """What botocore's signature of the same request has against this one; "" for nothing."""
        have = {name.lower(): value for name, value in headers}
        if self.plain:
            return ""
        if "authorization" not in have:
            return "not signed"
        scope = have["authorization"].split("Credential=")[1].split(",")[0].split("/")
        signed = have["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
        at = datetime.datetime.strptime(have["x-amz-date"], "%Y%m%dT%H%M%SZ")
        request = {"method": method, "target": target, "service": scope[3], "region": scope[2], "access_key_id": scope[0],
                   "secret_access_key": self.secrets.get(scope[0], self.keys[1]), "query": False, "raw_path": False, "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                   "body_base64": base64.b64encode(body).decode(),
                   "headers": [[n, have[n]] for n in signed if n not in ("x-amz-date", "x-amz-security-token")]}
        if "x-amz-security-token" in have:
            request["session_token"] = have["x-amz-security-token"]
        theirs = judges.Botocore().judge(request, set())["signature"]
        return "" if have["authorization"].endswith("Signature=" + theirs) else "the signature is wrong"

    def env(self, **more):
        return {"AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": self.keys[0], "AWS_SECRET_ACCESS_KEY": self.keys[1], **more}


def xml(operation, inner="", namespace="http://ses.amazonaws.com/doc/2010-12-01/", status=200):
    text = (f'<{operation}Response xmlns="{namespace}"><{operation}Result>{inner}</{operation}Result>'
            "<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>"
            f"</{operation}Response>")
    return lambda asked: (status, {"Content-Type": "text/xml"}, text.encode())


def xml_error(status, code, message="m"):
    text = f'<ErrorResponse xmlns="x"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>'
    return lambda asked: (status, {}, text.encode())


def answer(status, body=b"", **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda asked: (status, {name.replace("_", "-"): value for name, value in headers.items()}, content)
