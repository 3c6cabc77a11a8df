"""Servers that others wrote and that stand for AWS in a test, and what each of them can do: the table OFFERS. A test says what it
needs and runs on every server of its run that offers all of it; a server that does not start fails all its tests. What a
server is said to do, and not to do, is tried out by "real": a release that does otherwise fails there."""
import base64
import contextlib
import json
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3
import botocore.config
import botocore.exceptions

REGION = "eu-west-1"
BOOT = ("AKIABOOTSTRAP0000000", "bootstrap/secret00000000000000000000000000")
ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

# What can be asked for, in the order in which it is tried out.
CAPABILITIES = {
    "caller_identity": "STS says whose key it is, account and ARN",
    "aws_key_ids": "ids of keys are as AWS's, which tell the account (SeaweedFS: by its shell)",
    "signatures_checked": "a key with a wrong secret is refused",
    "permissions_enforced": "a user without a policy may not list users, and may with one",
    "deny_enforced": "an explicit Deny outweighs an Allow",
    "inactive_refused": "an Inactive key is refused, and accepted when it is Active again",
    "deleted_refused": "a deleted key is refused",
    "user_tags": "tags of users are kept, from CreateUser and from TagUser",
    "last_used": "GetAccessKeyLastUsed tells of a use",
    "login_profile": "passwords can be made and deleted, and a second time is NoSuchEntity",
    "role_policy": "roles have inline policies",
    "assume_role": "a session of a role works, and is asked for its external id",
    "conditions": "a Deny with a Condition holds where the Condition does, and only there",
    "revoked_refused": "a Deny of tokens from before a time stops an old session and no new one",
    "user_sessions_revoked": "such a Deny stops a user's session from GetSessionToken as well, and not his key",
    "deny_all_attached": "AWS's own policy AWSDenyAll can be attached to a user, who may do nothing then",
    "ses_v1_switch": "SES v1's switch of the account is kept",
    "ses_v1_regions": "and each Region has its own",
    "ses_v2_switch": "SES v2's switch of the account is kept",
    "ses_v2_identity": "SES v2's senders are made, known and deleted",
    "ses_paused_refused": "and mail is refused while it is off",
    "ses_v1_set_switch": "SES v1's switch of a configuration set is kept",
    "ses_v2_set_switch": "SES v2's switch of a configuration set is kept",
    "ses_set_refused": "and mail by that set is refused while it is off",
}

OFFERS = {
    "moto": "caller_identity aws_key_ids signatures_checked permissions_enforced deny_enforced deleted_refused user_tags last_used login_profile "
            "role_policy assume_role deny_all_attached",
    "seaweedfs": "caller_identity aws_key_ids signatures_checked permissions_enforced inactive_refused deleted_refused",
    "localemu": "caller_identity aws_key_ids permissions_enforced deny_enforced inactive_refused deleted_refused user_tags last_used login_profile "
                "role_policy assume_role conditions revoked_refused user_sessions_revoked deny_all_attached ses_v2_identity",
    "awsim": "signatures_checked permissions_enforced deny_enforced deleted_refused login_profile role_policy ses_v1_switch "
             "ses_v1_regions ses_v1_set_switch ses_set_refused ses_v2_identity",
    "fakecloud": "signatures_checked permissions_enforced deny_enforced inactive_refused deleted_refused user_tags last_used "
                 "login_profile role_policy assume_role conditions revoked_refused deny_all_attached ses_v2_switch ses_v2_identity "
                 "ses_paused_refused ses_v2_set_switch ses_set_refused",
}
OFFERS = {name: tuple(words.split()) for name, words in OFFERS.items()}


def free_ports(n):
    """Ports that nobody has now."""
    with contextlib.ExitStack() as stack:
        taken = [stack.enter_context(socket.socket()) for _ in range(n)]
        for one in taken:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in taken]


class World:
    """A server that is started with the context and stopped with it. admin: the key of a user who may do everything, by
    which the server checks us like everybody else."""
    name = account = None
    region = REGION
    grant = "iam:ListUsers"      # the action of the call in use()

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        try:
            self.place = self.stack.enter_context(tempfile.TemporaryDirectory(prefix=f"{self.name}."))
            self.log = pathlib.Path(self.place) / "log"
            self.launch()
            self.admin = self.found()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *rest):
        self.stack.close()

    def run(self, command, ready, seconds=90, **env):
        """Starts a program in a clean environment and waits for an HTTP answer of any kind."""
        clean = {"PATH": os.environ["PATH"], "HOME": self.place, "TMPDIR": self.place, "LC_ALL": "C.UTF-8", "TZ": "UTC", **env}
        with self.log.open("wb") as log:
            process = subprocess.Popen(command, env=clean, cwd=self.place, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       start_new_session=True)
        self.stack.callback(self.end, process)
        until = time.monotonic() + seconds
        while time.monotonic() < until and process.poll() is None:
            try:
                urllib.request.urlopen(self.url + ready, timeout=5).read()
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{self.name} does not answer: " + " | ".join(self.log.read_text(errors="replace").splitlines()[-3:]))

    @staticmethod
    def end(process):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def found(self):
        """The administrator, made with the key that the server starts with."""
        iam = self.client("iam", BOOT)
        iam.create_user(UserName="admin")
        iam.put_user_policy(UserName="admin", PolicyName="all", PolicyDocument=json.dumps(ALLOW_ALL))
        key = iam.create_access_key(UserName="admin")["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    def offers(self, *wanted):
        return set(wanted) <= set(OFFERS[self.name])

    def client(self, service, keys=None, region=None):
        """boto3, which asks once and does not ask again. keys: with a session token as a third."""
        key, secret, *token = keys or self.admin
        return boto3.client(service, endpoint_url=self.url, region_name=region or self.region, aws_access_key_id=key,
                            aws_secret_access_key=secret, aws_session_token=token[0] if token else None,
                            config=botocore.config.Config(retries={"max_attempts": 0}, read_timeout=120))

    def env(self, keys=None):
        """The environment in which our programs talk to it."""
        key, secret, *token = keys or self.admin
        return {"AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": self.region,
                **({"AWS_SESSION_TOKEN": token[0]} if token else {})}

    def mint(self, user):
        """One more key of a user."""
        key = self.client("iam").create_access_key(UserName=user)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    def use(self, keys):
        """The call by which a test sees whether a key is accepted."""
        return self.client("iam", keys).list_users()

    def standing(self, keys):
        """What becomes of a call with this key: "works", "denied" (the key is accepted, and may not), "refused" (it is not)."""
        try:
            self.use(keys)
        except botocore.exceptions.ClientError as error:
            told = error.response.get("Error", {})
            return self.judge(told.get("Code", ""), told.get("Message", ""), error.response["ResponseMetadata"]["HTTPStatusCode"])
        return "works"

    def judge(self, code, message, status):
        if code in ("InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException"):
            return "refused"
        if code in ("AccessDenied", "AccessDeniedException"):
            return "denied"
        raise AssertionError(f"{self.name} answers {status} {code}: {message}")


class Moto(World):
    """Signatures and policies are checked once it is armed; Conditions of a user's policies are not looked at."""
    name, account = "moto", "123456789012"

    def launch(self):
        self.url = f"http://127.0.0.1:{free_ports(1)[0]}"
        self.run([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", self.url.rpartition(":")[2]], "/moto-api/data.json",
                 MOTO_IAM_LOAD_MANAGED_POLICIES="true")

    def found(self):
        admin = super().found()
        urllib.request.urlopen(urllib.request.Request(self.url + "/moto-api/reset-auth", b"0", {"Content-Type": ""})).read()
        return admin


TOKENS = {"WEED_JWT_FILER_SIGNING_KEY": "0123456789abcdef0123456789abcdef"}


class SeaweedFS(World):
    """A production server of S3, with IAM for its users: policies of S3's actions and IAM's, without Deny."""
    name, account = "seaweedfs", "000000000000"
    grant = "s3:List*"

    def launch(self):
        names = ("master", "volume", "filer", "s3")
        ports = free_ports(2 * len(names))
        flags = [f for n, a, b in zip(names, ports, ports[len(names):]) for f in (f"-{n}.port={a}", f"-{n}.port.grpc={b}")]
        self.url = f"http://127.0.0.1:{ports[names.index('s3')]}"
        self.weed = str(pathlib.Path(sys.executable).parent / "weed")
        self.master = f"127.0.0.1:{ports[0]}.{ports[len(names)]}"
        # Without a key for its own tokens STS answers 503.
        self.run([self.weed, "-logtostderr", "server", f"-dir={self.place}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3",
                  "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.iam.readOnly=false", "-master.telemetry=false", "-volume.max=500", *flags], "/",
                 AWS_ACCESS_KEY_ID=BOOT[0], AWS_SECRET_ACCESS_KEY=BOOT[1], **TOKENS)

    def mint(self, user):
        """Its own ids have letters that AWS's never have: its shell takes one that is of the account."""
        tail = base64.b32encode((1 << 79 | int(self.account) << 39 | secrets.randbits(39)).to_bytes(10, "big")).decode()
        keys = f"AKIA{tail}", secrets.token_hex(20)
        command = f"s3.configure -user={user} -access_key={keys[0]} -secret_key={keys[1]} -apply"
        subprocess.run([self.weed, "shell", f"-master={self.master}"], input=command.encode(), check=True, cwd=self.place,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "HOME": self.place, **TOKENS})
        return keys

    def found(self):
        """The key of the start is an administrator's. IAM answers a little after S3 does."""
        for wait in [0.2] * 100:
            with contextlib.suppress(botocore.exceptions.ClientError):
                self.client("iam", BOOT).list_users()
                self.client("s3", BOOT).create_bucket(Bucket="bucket")
                return BOOT
            time.sleep(wait)
        raise RuntimeError("seaweedfs: IAM does not answer")

    def use(self, keys):
        return self.client("s3", keys).list_objects_v2(Bucket="bucket")

    def judge(self, code, message, status):
        return "refused" if code == "InvalidAccessKeyId" else super().judge(code, message, status)


class LocalEmu(World):
    """Policies with Conditions, sessions and the states of keys; signatures are not looked at. STS answers everybody."""
    name, account = "localemu", "000000000000"

    def launch(self):
        self.url = f"http://127.0.0.1:{free_ports(1)[0]}"
        self.run([os.environ["LOCALEMU"], "start", "--host", "127.0.0.1", "--port", self.url.rpartition(":")[2]], "/_localemu/health",
                 IAM_ENFORCEMENT="1", ROOT_ACCESS_KEYS=BOOT[0], PARITY_AWS_ACCESS_KEY_ID="1", DISABLE_EVENTS="1", SKIP_SSL_CERT_DOWNLOAD="1")

    def judge(self, code, message, status):
        return "refused" if "security token" in message else super().judge(code, message, status)


class AWSim(World):
    """Strict signatures and policies; SES v1's switches, a Region at a time. Sessions are not known to its signature check."""
    name, account = "awsim", "123456789012"

    def launch(self):
        self.url = f"http://127.0.0.1:{free_ports(1)[0]}"
        self.run([os.environ["AWSIM"]], "/", AWSIM_BIND="127.0.0.1", AWSIM_PORT=self.url.rpartition(":")[2], AWSIM_ACCOUNT_ID=self.account,
                 AWSIM_VERIFY_SIGV4="true", AWSIM_REQUIRE_SIGNED_REQUESTS="true", AWSIM_IAM_ENFORCE="true", AWSIM_LOG_LEVEL="warn",
                 AWSIM_ADMIN_ACCESS_KEY=BOOT[0])


class Fakecloud(World):
    """Strict signatures and policies with Conditions; SES v2's switches with effect, the same in every Region."""
    name, account = "fakecloud", "123456789012"

    def launch(self):
        port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{port}"
        self.run([os.environ["FAKECLOUD"], "--addr", f"127.0.0.1:{port}", "--verify-sigv4", "--iam", "strict", "--log-level", "warn"], "/")

    def found(self):
        iam = self.client("iam", ("test", "test"))
        iam.create_user(UserName="admin")
        iam.put_user_policy(UserName="admin", PolicyName="all", PolicyDocument=json.dumps(ALLOW_ALL))
        key = iam.create_access_key(UserName="admin")["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]


WORLDS = {world.name: world for world in (Moto, SeaweedFS, LocalEmu, AWSim, Fakecloud)}
assert list(WORLDS) == list(OFFERS) and all(set(offered) <= set(CAPABILITIES) for offered in OFFERS.values())
