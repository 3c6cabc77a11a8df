"""Other people's signers on the same requests. Each returns what it makes of one: {"canonical_request",
"string_to_sign", "signature"}, None for what it does not tell; or the name of the reason why it cannot judge this
request."""
import base64
import datetime
import hashlib
import hmac
import io
import json
import re
import subprocess
import sys
import tempfile
import types
import urllib.parse
from unittest import mock

import awscrt.auth
import awscrt.exceptions
import awscrt.http
import awscrt.io
import botocore.auth
import botocore.awsrequest
import botocore.credentials
import minio.credentials
import minio.signer
from requests_aws4auth import AWS4Auth
from requests_aws4auth.aws4signingkey import AWS4SigningKey


# Which headers are signed is the signer's choice.
NOT_SIGNED = botocore.auth.SIGNED_HEADERS_BLACKLIST


def is_s3(request):
    return request["service"].startswith("s3")


def time_of(request):
    return datetime.datetime.strptime(request["time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)


def host_of(request):
    return next(value for name, value in request["headers"] if name.lower() == "host")


class Botocore:
    """botocore: what boto3 and the AWS CLI sign with."""
    name = "botocore"

    def judge(self, request, odd):
        if "query not encoded as AWS wants it" in odd:
            return "takes a query as it is, encoded or not"
        if "empty parameter" in odd:
            return "gives the nothing in \"a&&b\" an equals sign"
        if request["query"] and "parameter again" in odd:
            return "keeps one value a name in a signed URL"
        kinds = botocore.auth
        keys = botocore.credentials.Credentials(request["access_key_id"], request["secret_access_key"],
                                                request.get("session_token"))
        if request["query"]:
            kind = kinds.S3SigV4QueryAuth if is_s3(request) else kinds.SigV4QueryAuth
            signer = kind(keys, request["service"], request["region"], request["expires"])
        else:
            kind = kinds.S3SigV4Auth if is_s3(request) else kinds.SigV4Auth
            signer = kind(keys, request["service"], request["region"])
        if request["raw_path"]:
            signer._normalize_url_path = lambda path: path
        made = botocore.awsrequest.AWSRequest(method=request["method"], url=f"http://{host_of(request)}{request['target']}",
                                              data=base64.b64decode(request["body_base64"]))
        for name, value in request["headers"]:
            made.headers.add_header(name, value)
        stages = {}
        for stage in ("canonical_request", "string_to_sign", "signature"):
            self.keep(signer, stage, stages)
        with mock.patch("botocore.auth.get_current_datetime", lambda *args, **more: time_of(request).replace(tzinfo=None)):
            signer.add_auth(made)
        return stages

    @staticmethod
    def keep(signer, stage, stages):
        inner = getattr(signer, stage)

        def outer(*args):
            stages[stage] = inner(*args)
            return stages[stage]
        setattr(signer, stage, outer)


class AwsCAuth:
    """aws-c-auth, AWS's own C code, through awscrt. The call tells the signature; the stages stand in its log, which is
    whole when the process has ended: so all requests are signed in another one first."""
    name = "aws-c-auth"

    def __init__(self, requests):
        with tempfile.NamedTemporaryFile(prefix="aws-c-auth.") as log:
            run = subprocess.run([sys.executable, __file__, log.name], input=json.dumps(requests).encode(),
                                 stdout=subprocess.PIPE, check=True)
            text = log.read()
        stages = [re.findall(rb"\[AuthSigning\] - \(id=\w+\) Signing successfully built " + what +
                             rb"[^\n]*, with contents \n(.*?)\n\n(?=\[|\Z)", text, re.S)
                  for what in (b"canonical request", b"string-to-sign")]
        self.verdicts = []
        for signature in json.loads(run.stdout):
            if signature is None:
                self.verdicts.append("refuses a colon in a path")
                continue
            canonical, to_sign = (texts[sum(isinstance(v, dict) for v in self.verdicts)].decode() for texts in stages)
            self.verdicts.append({"canonical_request": canonical, "string_to_sign": to_sign, "signature": signature})
        self.next = iter(self.verdicts)

    def judge(self, request, odd):
        verdict = next(self.next)
        return "takes :// in a path for the end of a scheme" if "://" in request["target"].split("?")[0] else verdict

    @staticmethod
    def sign(request):
        auth = awscrt.auth
        body = awscrt.io.InputStream(io.BytesIO(base64.b64decode(request["body_base64"])))
        made = awscrt.http.HttpRequest(request["method"], request["target"],
                                       awscrt.http.HttpHeaders([tuple(h) for h in request["headers"]]), body)
        config = auth.AwsSigningConfig(
            algorithm=auth.AwsSigningAlgorithm.V4,
            signature_type=(auth.AwsSignatureType.HTTP_REQUEST_QUERY_PARAMS if request["query"] else
                            auth.AwsSignatureType.HTTP_REQUEST_HEADERS),
            credentials_provider=auth.AwsCredentialsProvider.new_static(
                request["access_key_id"], request["secret_access_key"], request.get("session_token")),
            region=request["region"], service=request["service"], date=time_of(request),
            use_double_uri_encode=not is_s3(request) and not request["raw_path"],
            should_normalize_uri_path=not is_s3(request) and not request["raw_path"],
            signed_body_value=auth.AwsSignedBodyValue.UNSIGNED_PAYLOAD if is_s3(request) and request["query"] else None,
            signed_body_header_type=(auth.AwsSignedBodyHeaderType.X_AMZ_CONTENT_SHA_256 if is_s3(request) and not request["query"]
                                     else auth.AwsSignedBodyHeaderType.NONE),
            should_sign_header=lambda name: name.lower() not in NOT_SIGNED,
            expiration_in_seconds=request.get("expires"))
        try:
            auth.aws_sign_request(made, config).result()
        except awscrt.exceptions.AwsCrtError as error:
            if ":" in request["target"].split("?")[0] and error.name == "AWS_ERROR_MALFORMED_INPUT_STRING":
                return None
            raise
        if request["query"]:
            return dict(urllib.parse.parse_qsl(made.path.split("?", 1)[1]))["X-Amz-Signature"]
        return made.headers.get("Authorization").rpartition("Signature=")[2]


def signed_headers(request):
    """What is signed besides the token and the date that signing adds, for judges that take the list as it is."""
    kept = [(n, v) for n, v in request["headers"]
            if n.lower() not in NOT_SIGNED]
    kept.append(("X-Amz-Date", time_of(request).strftime("%Y%m%dT%H%M%SZ")))
    if "session_token" in request:
        kept.append(("X-Amz-Security-Token", request["session_token"]))
    return kept


class Aws4Auth:
    """requests-aws4auth: every service but S3, whose paths it normalizes."""
    name = "requests-aws4auth"

    def judge(self, request, odd):
        if is_s3(request) or request["query"] or request["raw_path"]:
            return "signs headers only, and no paths as they are"
        for reason in ("header again", "quoted header", "query not encoded as AWS wants it"):
            if reason in odd:
                return reason
        body_hash = hashlib.sha256(base64.b64decode(request["body_base64"])).hexdigest()
        made = types.SimpleNamespace(method=request["method"], url=f"https://{host_of(request)}{request['target']}",
                                     headers={n.lower(): v for n, v in signed_headers(request)})
        key = AWS4SigningKey(request["secret_access_key"], request["region"], request["service"], time_of(request).strftime("%Y%m%d"))
        signer = AWS4Auth(request["access_key_id"], key)
        if "//" in request["target"].split("?")[0][:2]:
            return "takes a path that begins with // for a host"
        canonical, names = signer.get_canonical_headers(made, ["*"])
        made.headers["x-amz-content-sha256"] = body_hash
        canonical = signer.get_canonical_request(made, canonical, names)
        to_sign = signer.get_sig_string(made, canonical, key.scope)
        return {"canonical_request": canonical, "string_to_sign": to_sign,
                "signature": hmac.new(key.key, to_sign.encode(), hashlib.sha256).hexdigest()}


class Minio:
    """minio's signer: S3."""
    name = "minio"

    def judge(self, request, odd):
        if request["service"] != "s3":
            return "signs for S3 only"
        for reason in ("parameter without a value", "query not encoded as AWS wants it"):
            if reason in odd:
                return reason
        parts = urllib.parse.SplitResult("https", host_of(request), *self.cut(request["target"]), "")
        keys = minio.credentials.Credentials(request["access_key_id"], request["secret_access_key"])
        common = dict(method=request["method"], url=parts, region=request["region"], credentials=keys, date=time_of(request))
        if request["query"]:
            if len(request["headers"]) > 1 or "session_token" in request:
                return "signs URLs with the header Host and without a token only"
            made = minio.signer.presign_v4(expires=request["expires"], **common)
            return {"canonical_request": None, "string_to_sign": None, "signature": made.query.rpartition("=")[2]}
        if any("\t" in value for _, value in request["headers"]):
            return "leaves tabs in headers as they are"
        body_hash = hashlib.sha256(base64.b64decode(request["body_base64"])).hexdigest()
        headers = {}
        for name, value in signed_headers(request) + [("X-Amz-Content-Sha256", body_hash)]:
            headers.setdefault(name.lower(), []).append(value)
        minio.signer.sign_v4_s3(headers=headers, content_sha256=body_hash, **common)
        return {"canonical_request": None, "string_to_sign": None,
                "signature": headers["Authorization"].rpartition("Signature=")[2]}

    @staticmethod
    def cut(target):
        path, _, query = target.partition("?")
        return path, query


def all_judges(requests):
    return [Botocore(), AwsCAuth(requests), Aws4Auth(), Minio()]


if __name__ == "__main__":
    awscrt.io.init_logging(awscrt.io.LogLevel.Info, sys.argv[1])
    print(json.dumps([AwsCAuth.sign(request) for request in json.load(sys.stdin)]))
