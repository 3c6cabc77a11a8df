"""A proxy between keysnare and a server of AWS's, that counts what passes and makes go wrong what a test asks for: errors
before the server acted and after it, torn answers, silence, and the moments at which keysnare is to be killed.

    with Moto() as moto, Proxy(moto.url) as proxy:
        proxy.plan(Fault("500-after", operation="UpdateAccessKey"))
        ... keysnare with AWS_ENDPOINT_URL=proxy.url ...
        proxy.effects()      # the writes that took effect, one a time that they did

The header Host passes as it came, so that signatures hold on an armed server.

Kinds of faults; "before" is before the server got the request, "after" when it has acted:
    500-before 500-after 503-before 503-after       an error of the service's, in its own style
    html-before html-after                          status 502 with a page in HTML
    throttle expired denied                         refusals; the server never sees the request
    reset-before reset-after                        the connection breaks without an answer
    torn                                            half an answer, shorter than announced
    cut                                             half an answer that announces its own length
    hold                                            the server acts, and there is no answer until the client gives up
    kill-before kill-after                          calls proxy.kill, which the test has set, and answers nothing
"""
import html
import http.client
import http.server
import json
import re
import select
import socket
import struct
import threading
import time
import urllib.parse

# REST-JSON calls have no name in the request.
PATHS = [("GET", r"/v2/email/account", "GetAccount"), ("PUT", r"/v2/email/account/sending", "PutAccountSendingAttributes"),
         ("POST", r"/v2/email/list-configuration-sets", "ListConfigurationSets"),
         ("GET", r"/v2/email/configuration-sets", "ListConfigurationSets"),
         ("PUT", r"/v2/email/configuration-sets/[^/]+/sending", "PutConfigurationSetSendingOptions"),
         ("GET", r"/v2/email/configuration-sets/[^/]+", "GetConfigurationSet"),
         ("POST", r"/v2/email/list-identities", "ListEmailIdentities"), ("GET", r"/v2/email/identities", "ListEmailIdentities"),
         ("GET", r"/v2/email/identities/[^/]+", "GetEmailIdentity"), ("DELETE", r"/v2/email/identities/[^/]+", "DeleteEmailIdentity")]
READS = re.compile(r"Get|List|Describe|AssumeRole|Simulate")
KINDS = ("500-before", "500-after", "503-before", "503-after", "html-before", "html-after", "throttle", "expired", "denied",
         "reset-before", "reset-after", "torn", "cut", "hold", "kill-before", "kill-after")
HOP = ("connection", "keep-alive", "transfer-encoding", "content-length", "date", "server")


class Request:
    """What keysnare asked, and what became of it. status, answer: the server's own, None when it never saw it."""

    def __init__(self, number, method, target, headers, body):
        self.number, self.method, self.target, self.headers, self.body = number, method, target, headers, body
        have = {name.lower(): value for name, value in headers}
        scope = re.search(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/", have.get("authorization", ""))
        self.key, self.region, self.service = scope.groups() if scope else ("", "", "")
        self.form = dict(urllib.parse.parse_qsl(body.decode("utf-8", "replace"))) if body[:1] not in (b"", b"{") else {}
        path = urllib.parse.urlsplit(target).path
        self.style = "query" if "Action" in self.form else "json" if "x-amz-target" in have else "rest"
        self.operation = (self.form.get("Action") or have.get("x-amz-target", "").rpartition(".")[2] or
                          next((name for method_, pattern, name in PATHS if method == method_ and re.fullmatch(pattern, path)), path))
        self.is_read = READS.match(self.operation) is not None
        self.fault, self.status, self.answer = None, None, None

    @property
    def has_effect(self):
        return not self.is_read and self.status is not None and self.status < 300

    def what(self):
        """The call as one text: the same for the same call, whenever it was signed and with which keys."""
        form = {name: value for name, value in self.form.items() if name not in ("Action", "Version")}
        detail = json.dumps(form, sort_keys=True) if form else f"{self.target} {self.body.decode('utf-8', 'replace')}"
        return f"{self.operation} {self.region} {detail}"

    def __repr__(self):
        return f"{self.number}:{self.operation}{'!' + self.fault if self.fault else ''}={self.status}"


class Fault:
    """kind at request number (from 1, counted since plan), or at the nth of an operation; times: how often from there on.
    code, message: of a refusal; message may be a function of the Request."""

    def __init__(self, kind, number=None, operation=None, nth=1, times=1, code=None, message=None):
        assert kind in KINDS, kind
        assert (number is None) != (operation is None), "a number or an operation"
        self.kind, self.number, self.operation, self.nth, self.times = kind, number, operation, nth, times
        self.code, self.message = code, message
        self.seen, self.hits = 0, 0

    def is_due(self, number, operation):
        if self.operation is not None and self.operation != operation:
            return False
        self.seen += 1
        at, first = (number, self.number) if self.operation is None else (self.seen, self.nth)
        due = first <= at < first + self.times
        self.hits += due
        return due

    def __repr__(self):
        where = f"request {self.number}" if self.operation is None else f"{self.operation} {self.nth}"
        return f"{self.kind} at {where}" + (f", {self.times} times" if self.times != 1 else "")


def refusal(request, kind, fault):
    """(status, headers, body) of an error as the service writes it."""
    message = fault.message(request) if callable(fault.message) else fault.message or "by the test"
    rest = request.style != "query"
    known = {"throttle": (429, "TooManyRequestsException") if rest else (400, "Throttling"),
             "expired": (403, "ExpiredTokenException" if rest else "ExpiredToken"),
             "denied": (403, "AccessDeniedException" if rest else "AccessDenied"),
             "500": (500, "InternalFailure"), "503": (503, "ServiceUnavailable")}
    if kind == "html":
        return 502, {"Content-Type": "text/html"}, b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
    status, name = known[kind]
    name = fault.code or name
    if rest:
        return status, {"Content-Type": "application/json", "x-amzn-ErrorType": name}, json.dumps({"message": message}).encode()
    return status, {"Content-Type": "text/xml"}, (
        f'<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>{name}</Code>'
        f"<Message>{html.escape(message)}</Message></Error><RequestId>test-0</RequestId></ErrorResponse>").encode()


class Proxy:
    """upstream: URL of the server. local: called with a Request, answers (status, headers, body) for what the server cannot
    do, None for all else. clock: how many seconds the server's Date is ahead."""

    def __init__(self, upstream, local=None):
        self.upstream, self.local = urllib.parse.urlsplit(upstream).netloc, local
        self.lock, self.serial = threading.Lock(), threading.Lock()
        self.asked, self.faults, self.first, self.kill, self.closing, self.clock = [], [], 0, None, False, 0
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                proxy.handle(self)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any

            def log_message(self, *args):
                pass

            def date_time_string(self, timestamp=None):
                return super().date_time_string((timestamp or time.time()) + proxy.clock)

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *args):
                """A client that was killed is no news."""
        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *rest):
        self.closing = True
        self.server.shutdown()
        self.server.server_close()

    def plan(self, *faults):
        """Forgets earlier faults, and counts requests from here on."""
        with self.lock:
            self.faults, self.first = list(faults), len(self.asked)

    def clear(self):
        """Forgets all that was asked."""
        with self.lock:
            self.faults, self.asked, self.first = [], [], 0

    def operations(self):
        return [request.operation for request in self.asked]

    def writes(self):
        """Requests that are to change something, whether or not the server saw them."""
        return [request for request in self.asked if not request.is_read]

    def effects(self):
        """Texts of the writes that the server carried out, once for each time."""
        return [request.what() for request in self.asked if request.has_effect]

    def take(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        with self.lock:
            request = Request(len(self.asked) + 1, handler.command, handler.path, list(handler.headers.items()), body)
            self.asked.append(request)
            due = [fault for fault in self.faults if fault.is_due(request.number - self.first, request.operation)]
        request.fault = due[0].kind if due else None
        return request, due[0] if due else None

    def forward(self, request):
        """(status, headers, body) of the server."""
        answer = self.local(request) if self.local is not None else None
        if answer is None:
            connection = http.client.HTTPConnection(self.upstream, timeout=60)
            connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
            for name, value in request.headers:
                if name.lower() not in ("connection", "transfer-encoding"):
                    connection.putheader(name, value)
            connection.endheaders(request.body)
            reply = connection.getresponse()
            answer = reply.status, {n: v for n, v in reply.getheaders() if n.lower() not in HOP}, reply.read()
            connection.close()
        request.status, request.answer = answer[0], answer[2]
        return answer

    def handle(self, handler):
        request, fault = self.take(handler)
        kind, _, when = (request.fault or "").partition("-")
        handler.close_connection = True
        if when == "before" or kind in ("throttle", "expired", "denied"):
            self.answer(handler, kind, None if kind in ("reset", "kill") else refusal(request, kind, fault))
            return
        answer = self.forward(request)
        if when == "after" and kind not in ("reset", "kill"):
            answer = refusal(request, kind, fault)
        self.answer(handler, kind, answer)

    def answer(self, handler, kind, answer):
        if kind == "kill":
            self.kill()
        if kind == "hold":
            self.wait_for_the_client(handler.connection)
        if kind in ("kill", "reset", "hold"):
            # Closing resets the connection.
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
            return
        status, headers, body = answer
        sent = body[:len(body) // 2] if kind in ("torn", "cut") else body
        handler.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(sent if kind == "cut" else body)), "Connection": "close"}.items():
            handler.send_header(name, value)
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(sent)

    def wait_for_the_client(self, connection):
        while not self.closing:
            if select.select([connection], [], [], 0.1)[0] and connection.recv(1) == b"":
                return


class SesSwitches:
    """SES's switches, of the account and of configuration sets, a Region each: what moto has not. For Proxy(local=…)."""

    def __init__(self, sets=()):
        self.account, self.sets, self.names, self.log = {}, {}, list(sets), []

    def __call__(self, request):
        region, form = request.region, request.form
        body = json.loads(request.body) if request.body[:1] == b"{" else {}
        gone = "ConfigurationSet" in request.operation and request.operation != "ListConfigurationSets"
        name = urllib.parse.unquote(request.target.split("/")[4]) if request.target.count("/") > 3 else form.get("ConfigurationSetName")
        if gone and name not in self.names:
            return refusal(request, "denied", Fault("denied", number=1, code="NotFoundException" if request.style == "rest" else
                                                    "ConfigurationSetDoesNotExist"))
        if request.operation == "GetAccountSendingEnabled":
            return self.xml(request, f"<Enabled>{str(self.account.get(region, True)).lower()}</Enabled>")
        if request.operation == "UpdateAccountSendingEnabled":
            self.account[region] = form["Enabled"] == "true"
            return self.xml(request)
        if request.operation == "UpdateConfigurationSetSendingEnabled":
            self.sets[region, name] = form["Enabled"] == "true"
            return self.xml(request)
        if request.operation == "GetAccount":
            return self.json({"SendingEnabled": self.account.get(region, True), "ProductionAccessEnabled": True,
                              "SendQuota": {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": 7.0}})
        if request.operation == "PutAccountSendingAttributes":
            self.account[region] = body["SendingEnabled"]
            return self.json({})
        if request.operation == "GetConfigurationSet":
            return self.json({"ConfigurationSetName": name, "SendingOptions": {"SendingEnabled": self.sets.get((region, name), True)}})
        if request.operation == "PutConfigurationSetSendingOptions":
            self.sets[region, name] = body["SendingEnabled"]
            return self.json({})
        if request.operation == "ListConfigurationSets" and request.style == "rest":
            return self.json({"ConfigurationSets": self.names})
        return None

    @staticmethod
    def json(value):
        return 200, {"Content-Type": "application/json", "x-amzn-RequestId": "ses-1"}, json.dumps(value).encode()

    @staticmethod
    def xml(request, inner=""):
        text = (f'<{request.operation}Response xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><{request.operation}Result>{inner}'
                f"</{request.operation}Result><ResponseMetadata><RequestId>ses-1</RequestId></ResponseMetadata></{request.operation}Response>")
        return 200, {"Content-Type": "text/xml"}, text.encode()
