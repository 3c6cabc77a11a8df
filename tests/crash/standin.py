"""A stand-in for AWS, and for the receiver of notices, that is fast and does what a test says: STS, a small IAM that counts
the writes that took effect, SQS with visibility timeouts and redelivery, S3, and POST /hook. It checks no signatures; what it
answers is what moto answers to the same calls, as far as keysnare looks at it (tests/aws/behind.py puts moto behind it).

    with Cloud() as cloud:
        cloud.add_user("mailer-1", "AKIA…")
        cloud.hook = function      # of (when, request): "before" the server acts, "after" it has, before it answers

A hook may return (status, headers, body) to answer that instead, or raise Drop: the connection breaks without an answer.
What has no answer here is in .strange: a test is wrong that leaves anything there.

Time is the program's own, as its requests tell it (X-Amz-Date, X-Keysnare-Timestamp), where clock is "theirs": then a
program whose clock is not the real one finds its own time here."""
import base64
import calendar
import contextlib
import email.utils
import hashlib
import html
import json
import re
import socket
import struct
import threading
import time
import urllib.parse
import uuid

ACCOUNT = "123456789012"
READS = re.compile(r"Get|List|Head|Receive|AssumeRole")
NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"


class Drop(Exception):
    """No answer."""


class Refusal(Exception):
    """An error of the service's."""

    def __init__(self, status, code, message="by the test"):
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


class Request:
    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        scope = re.search(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/", headers.get("authorization", ""))
        self.key, self.region, self.service = scope.groups() if scope else ("", "", "")
        path, _, query = target.partition("?")
        self.path, self.query = urllib.parse.unquote(path), dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        self.form, self.json = {}, {}
        if "x-amz-target" in headers:
            self.json = json.loads(body or b"{}")
            self.operation = headers["x-amz-target"].rpartition(".")[2]
        elif body and headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            self.form = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
            self.operation = self.form.get("Action", "")
        elif self.path in ("/hook", "/tick"):
            self.operation = "Notice" if self.path == "/hook" else "Tick"
        elif self.path == "/keys":
            self.operation = "Keys"
        elif "list-type" in self.query:
            self.operation = "ListObjectsV2"
        else:
            self.operation = f"{method.capitalize()}Object"
        self.at = None

    def asked_at(self):
        """The time that the program believes it is, in seconds; None: it does not say."""
        if "x-amz-date" in self.headers:
            return calendar.timegm(time.strptime(self.headers["x-amz-date"], "%Y%m%dT%H%M%SZ"))
        if "x-keysnare-timestamp" in self.headers:
            return int(self.headers["x-keysnare-timestamp"])
        return None

    def is_write(self):
        return self.service in ("iam", "sts") and not READS.match(self.operation)

    def what(self):
        form = {name: value for name, value in self.form.items() if name not in ("Action", "Version")}
        return f"{self.operation} {json.dumps(form, sort_keys=True)}"


def element(name, value):
    return f"<{name}>{html.escape(str(value))}</{name}>"


def is_gone(connection):
    """Whether nobody is at the other end any more. Who waits for an answer sends nothing else."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


class Queue:
    """Messages, each visible from a time on; a receipt is good for the last delivery only, as SQS has it."""

    def __init__(self):
        self.messages, self.deleted, self.received = {}, [], 0

    def send(self, body, at):
        message = str(uuid.uuid4())
        self.messages[message] = {"body": body, "visible": at, "sent": at, "count": 0, "receipt": None}
        return message

    def receive(self, most, hidden, now):
        out = []
        for message, row in self.messages.items():
            if row["visible"] <= now and len(out) < most:
                row.update(visible=now + hidden, count=row["count"] + 1, receipt=f"{message}#{row['count'] + 1}")
                self.received += 1
                out.append({"MessageId": message, "ReceiptHandle": row["receipt"], "Body": row["body"],
                            "MD5OfBody": hashlib.md5(row["body"].encode()).hexdigest(),
                            "Attributes": {"ApproximateReceiveCount": str(row["count"]), "SenderId": "AIDAEXAMPLE",
                                           "SentTimestamp": str(int(row["sent"] * 1000)),
                                           "ApproximateFirstReceiveTimestamp": str(int(now * 1000))}})
        return out

    def next_visible(self):
        return min((row["visible"] for row in self.messages.values()), default=None)

    def find(self, receipt):
        message = receipt.partition("#")[0]
        return message if message in self.messages else None


class Cloud:
    """own: the key that keysnare acts with. mark: of names of users. clock: "theirs", or None for the real one."""

    own, mark = ("AKIAQKEYSNARE2345678", "stand/in+secret"), ""

    def __init__(self, clock=None):
        self.lock = threading.RLock()
        self.users, self.keys, self.tags, self.policies = {}, {}, {}, {}
        self.queue, self.objects, self.notices = Queue(), {}, []
        self.hook, self.clock, self.at = lambda when, request: None, clock, time.time()
        self.tokens, self.asked, self.effects, self.strange, self.live = 0, {}, [], [], set()
        self.wait = self.wait_really
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.queue_url = f"{self.url}/{ACCOUNT}/trail"
        self.is_closing = self.ends_dead_polls = False

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *rest):
        self.is_closing = True
        # accept() does not notice that its socket is closed.
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in list(self.live):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def add_user(self, name, *keys):
        arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
        self.users[name] = {"arn": arn, "id": "AIDA" + hashlib.sha1(name.encode()).hexdigest()[:16].upper()}
        for key in keys:
            self.keys[key] = {"user": name, "status": "Active"}
        self.tags[name], self.policies[name] = {}, {}
        return arn

    def make_user(self, name, number):
        """A user with a key, whose id tells the account, as AWS's do."""
        key = "AKIA" + base64.b32encode(((int(ACCOUNT) << 7) + number).to_bytes(6, "big") + bytes((7, 7, 7, number))).decode()
        self.add_user(name, key)
        return key

    def send(self, body):
        with self.lock:
            self.queue.send(body, self.now())

    def now(self):
        return self.at if self.clock == "theirs" else time.time()

    # ---- connections ----

    def accept(self):
        while not self.is_closing:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.live.add(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        # A reset shows nobody anything but that there is no answer.
        with contextlib.suppress(OSError, Drop), connection, connection.makefile("rb") as file:
            while not self.is_closing:
                line = file.readline()
                if not line:
                    return
                method, target, _ = line.decode("latin-1").split(" ", 2)
                headers = {}
                while (line := file.readline().decode("latin-1").strip()):
                    name, _, value = line.partition(":")
                    headers[name.lower()] = value.strip()
                body = file.read(int(headers.get("content-length", 0)))
                # Of one that was killed while it was sending.
                if len(body) < int(headers.get("content-length", 0)):
                    return
                request = Request(method, target, headers, body)
                request.connection = connection
                self.answer(connection, request)
        self.live.discard(connection)

    def answer(self, connection, request):
        with self.lock:
            request.at = request.asked_at()
            # Backwards only by what its clock was set back.
            if self.clock == "theirs" and request.at is not None and request.at > self.at:
                self.at = request.at
            self.asked[request.operation] = self.asked.get(request.operation, 0) + 1
        try:
            answer = self.hook("before", request) or self.act(request)
            answer = self.hook("after", request) or answer
        except Drop:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise
        status, headers, body = answer
        lines = [f"HTTP/1.1 {status} X", f"Date: {email.utils.formatdate(self.now(), usegmt=True)}",
                 f"Content-Length: {headers.pop('Content-Length', len(body))}", *(f"{name}: {value}" for name, value in headers.items())]
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if request.method == "HEAD" else body))

    def act(self, request):
        if request.operation == "Notice":
            return self.take_notice(request)
        if request.operation == "Tick":
            return 200, {}, b""
        token = request.headers.get("x-amz-security-token", "")
        if token and int(token.partition(":")[0]) < self.now():
            return self.refuse(request, Refusal(403 if request.service in ("iam", "sts", "s3") else 400, "ExpiredToken", "it has expired"))
        handler = getattr(self, f"do_{request.operation}", None)
        if handler is None:
            self.strange.append(f"{request.service} {request.operation or request.target}")
            return self.refuse(request, Refusal(400, "InvalidAction", f"no {request.operation} here"))
        if request.operation == "ReceiveMessage":
            self.wait(request)
        with self.lock:
            try:
                answer = handler(request)
            except Refusal as refusal:
                return self.refuse(request, refusal)
            if request.is_write():
                self.effects.append(request.what())
            return answer

    def take_notice(self, request):
        with self.lock:
            self.notices.append(json.loads(request.body))
        return 200, {}, b""

    # ---- answers ----

    @staticmethod
    def refuse(request, refusal):
        if request.service == "s3":
            return refusal.status, {"Content-Type": "application/xml"}, (
                f"<Error>{element('Code', refusal.code)}{element('Message', refusal.message)}</Error>").encode()
        if request.form:
            return refusal.status, {"Content-Type": "text/xml"}, (
                f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>Sender</Type>{element("Code", refusal.code)}'
                f"{element('Message', refusal.message)}</Error><RequestId>stand-in</RequestId></ErrorResponse>").encode()
        return refusal.status, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(
            {"__type": f"com.amazonaws#{refusal.code}", "message": refusal.message}).encode()

    @staticmethod
    def xml(request, inner=""):
        name = request.operation
        result = f"<{name}Result>{inner}</{name}Result>" if inner else ""
        return 200, {"Content-Type": "text/xml"}, (
            f'<{name}Response xmlns="{NAMESPACE}">{result}<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>'
            f"</{name}Response>").encode()

    @staticmethod
    def reply(value):
        return 200, {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": str(uuid.uuid4())}, json.dumps(value).encode()

    # ---- keys of an hour, as a container has them ----

    def do_Keys(self, request):
        self.tokens += 1
        return 200, {"Content-Type": "application/json"}, json.dumps({
            "AccessKeyId": "ASIAQKEYSNARE2345678", "SecretAccessKey": "stand/in+secret", "Token": f"{int(self.now()) + 3600}:{self.tokens}",
            "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now() + 3600))}).encode()

    # ---- STS and IAM ----

    def do_GetCallerIdentity(self, request):
        return self.xml(request, element("Arn", f"arn:aws:iam::{ACCOUNT}:user/keysnare") + element("UserId", "AIDAKEYSNARE00000000") +
                        element("Account", ACCOUNT))

    def user(self, request):
        name = request.form["UserName"]
        if name not in self.users:
            raise Refusal(404, "NoSuchEntity", f"The user with name {name} cannot be found.")
        return name

    def do_GetUser(self, request):
        name = self.user(request)
        return self.xml(request, "<User><Path>/</Path>" + element("UserName", name) + element("UserId", self.users[name]["id"]) +
                        element("Arn", self.users[name]["arn"]) + "<CreateDate>2024-01-01T00:00:00Z</CreateDate></User>")

    def do_GetLoginProfile(self, request):
        raise Refusal(404, "NoSuchEntity", f"Login Profile for User {self.user(request)} cannot be found.")

    def do_GetAccessKeyLastUsed(self, request):
        key = self.keys.get(request.form["AccessKeyId"])
        if key is None:
            raise Refusal(403, "AccessDenied", "no such key")
        return self.xml(request, element("UserName", key["user"]) + "<AccessKeyLastUsed><Region>N/A</Region><ServiceName>N/A</ServiceName>"
                        "</AccessKeyLastUsed>")

    def do_ListAccessKeys(self, request):
        name = self.user(request)
        members = "".join(f"<member>{element('UserName', name)}{element('AccessKeyId', key)}{element('Status', row['status'])}"
                          "<CreateDate>2024-01-01T00:00:00Z</CreateDate></member>"
                          for key, row in self.keys.items() if row["user"] == name)
        return self.xml(request, f"<AccessKeyMetadata>{members}</AccessKeyMetadata><IsTruncated>false</IsTruncated>")

    def do_UpdateAccessKey(self, request):
        self.user(request)
        self.keys[request.form["AccessKeyId"]]["status"] = request.form["Status"]
        return self.xml(request)

    def do_ListUserTags(self, request):
        members = "".join(f"<member>{element('Key', key)}{element('Value', value)}</member>"
                          for key, value in self.tags[self.user(request)].items())
        return self.xml(request, f"<Tags>{members}</Tags><IsTruncated>false</IsTruncated>")

    def do_TagUser(self, request):
        self.tags[self.user(request)][request.form["Tags.member.1.Key"]] = request.form["Tags.member.1.Value"]
        return self.xml(request)

    def do_GetUserPolicy(self, request):
        name, policy = self.user(request), request.form["PolicyName"]
        if policy not in self.policies[name]:
            raise Refusal(404, "NoSuchEntity", "The user policy cannot be found.")
        return self.xml(request, element("UserName", name) + element("PolicyName", policy) +
                        element("PolicyDocument", urllib.parse.quote(self.policies[name][policy])))

    def do_PutUserPolicy(self, request):
        self.policies[self.user(request)][request.form["PolicyName"]] = request.form["PolicyDocument"]
        return self.xml(request)

    # ---- SQS ----

    def wait_really(self, request):
        """A long poll: until there is something, or the time is over. That of a dead client may get what comes next, unless all are
        to end."""
        until = time.monotonic() + min(float(request.json.get("WaitTimeSeconds", 0)), 20)
        while time.monotonic() < until and not self.is_closing:
            if self.ends_dead_polls and is_gone(request.connection):
                raise Drop
            with self.lock:
                due = self.queue.next_visible()
            if due is not None and due <= self.now():
                return
            time.sleep(0.01)

    def do_ReceiveMessage(self, request):
        found = self.queue.receive(request.json.get("MaxNumberOfMessages", 1), request.json.get("VisibilityTimeout", 30), self.now())
        return self.reply({"Messages": found} if found else {})

    def do_GetQueueUrl(self, request):
        return self.reply({"QueueUrl": self.queue_url})

    def do_GetQueueAttributes(self, request):
        waiting = sum(row["visible"] <= self.now() for row in self.queue.messages.values())
        return self.reply({"Attributes": {"ApproximateNumberOfMessages": str(waiting), "VisibilityTimeout": "30",
                                          "ApproximateNumberOfMessagesNotVisible": str(len(self.queue.messages) - waiting),
                                          "QueueArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:trail"}})

    def each(self, request, act):
        done, failed = [], []
        for entry in request.json["Entries"]:
            message = self.queue.find(entry["ReceiptHandle"])
            # Of a message that is gone a delete is a success; nothing else is.
            if message is None and act != self.delete:
                failed.append({"Id": entry["Id"], "SenderFault": True, "Code": "InvalidParameterValue"})
                continue
            if message is not None:
                act(message, entry)
            done.append({"Id": entry["Id"]})
        return self.reply({"Successful": done, "Failed": failed})

    def delete(self, message, entry):
        # One that was handed out again since is somebody else's by now.
        if self.queue.messages[message]["receipt"] == entry["ReceiptHandle"]:
            self.queue.deleted.append(self.queue.messages.pop(message)["body"])

    def do_DeleteMessageBatch(self, request):
        return self.each(request, self.delete)

    def do_DeleteMessage(self, request):
        message = self.queue.find(request.json["ReceiptHandle"])
        if message is not None:
            self.delete(message, request.json)
        return self.reply({})

    def hide(self, message, entry):
        self.queue.messages[message]["visible"] = self.now() + entry["VisibilityTimeout"]

    def do_ChangeMessageVisibilityBatch(self, request):
        return self.each(request, self.hide)

    def do_ChangeMessageVisibility(self, request):
        message = self.queue.find(request.json["ReceiptHandle"])
        if message is None:
            raise Refusal(400, "ReceiptHandleIsInvalid")
        self.hide(message, request.json)
        return self.reply({})

    # ---- S3: paths are /BUCKET/KEY ----

    def put(self, key, body, at=None):
        with self.lock:
            self.objects[key] = (body, self.now() if at is None else at)

    def do_ListObjectsV2(self, request):
        bucket, query = request.path.strip("/"), request.query
        prefix, after = query.get("prefix", ""), max(query.get("start-after", ""), query.get("continuation-token", ""))
        most, delimiter = int(query.get("max-keys", 1000)), query.get("delimiter", "")
        rows, seen = [], set()
        for key in sorted(self.objects):
            if not key.startswith(prefix) or key <= after:
                continue
            folder = prefix + key[len(prefix):].partition(delimiter)[0] + delimiter if delimiter and delimiter in key[len(prefix):] else None
            if folder is not None and (folder in seen or folder <= after):
                continue
            seen.add(folder)
            rows.append((folder or key, folder is not None))
            if len(rows) > most:
                break
        shown, text = rows[:most], []
        for name, is_folder in shown:
            if is_folder:
                text.append(f"<CommonPrefixes>{element('Prefix', self.encoded(name, query))}</CommonPrefixes>")
                continue
            body, at = self.objects[name]
            stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(at))
            text.append(f"<Contents>{element('Key', self.encoded(name, query))}{element('LastModified', stamp)}"
                        f"<ETag>&quot;{hashlib.md5(body).hexdigest()}&quot;</ETag>{element('Size', len(body))}"
                        "<StorageClass>STANDARD</StorageClass></Contents>")
        more = "true" if len(rows) > most else "false"
        token = element("NextContinuationToken", shown[-1][0]) if more == "true" else ""
        return 200, {"Content-Type": "application/xml"}, (
            '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"{element('Name', bucket)}{element('Prefix', self.encoded(prefix, query))}{element('KeyCount', len(shown))}"
            f"{element('MaxKeys', most)}{element('IsTruncated', more)}{token}{''.join(text)}</ListBucketResult>").encode()

    @staticmethod
    def encoded(key, query):
        return urllib.parse.quote(key, safe="/") if query.get("encoding-type") == "url" else key

    def find_object(self, request):
        key = request.path.lstrip("/").partition("/")[2]
        if key not in self.objects:
            raise Refusal(404, "NoSuchKey", "The specified key does not exist.")
        return self.objects[key]

    def do_GetObject(self, request):
        body, at = self.find_object(request)
        headers = {"ETag": f'"{hashlib.md5(body).hexdigest()}"', "Last-Modified": email.utils.formatdate(at, usegmt=True)}
        reach = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
        if reach is None:
            return 200, headers, body
        first, last = int(reach[1]), min(int(reach[2] or len(body) - 1), len(body) - 1)
        return 206, headers | {"Content-Range": f"bytes {first}-{last}/{len(body)}"}, body[first:last + 1]

    def do_HeadObject(self, request):
        body, at = self.find_object(request)
        return 200, {"Content-Length": len(body), "Last-Modified": email.utils.formatdate(at, usegmt=True)}, body
