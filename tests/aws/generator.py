"""Requests to sign, made from a seed: odd paths, queries, headers, bodies, keys, services, dates. A request is the
JSON object that "keysnare sign --batch" takes, and "odd" names what in it a judge may not follow."""
import base64
import random
import string

SERVICES = ["iam", "sts", "ses", "sqs", "cloudtrail", "events", "servicequotas", "execute-api", "service", "s3", "s3",
            "s3-outposts"]
REGIONS = ["us-east-1", "eu-central-1", "ap-southeast-5", "us-gov-west-1", "cn-north-1", "eusc-de-east-1", "us-isob-east-1"]
METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"]
UNRESERVED = string.ascii_letters + string.digits + "-_.~"
NAMES = ["X-Amz-Target", "Content-Type", "X-Custom", "accept", "ETag", "X-AMZ-Meta-a", "x-amz-meta-A", "Range", "Content-MD5",
         "If-Match", "zzz", "A", "x-amz-security", "Cookie"]
NOT_SIGNED = ["User-Agent", "Connection", "Expect", "X-Amzn-Trace-Id", "Transfer-Encoding"]


def text(rng, most, alphabet):
    return "".join(rng.choice(alphabet) for _ in range(rng.randrange(most + 1)))


def encoded(data):
    return "".join(chr(b) if chr(b) in UNRESERVED else f"%{b:02X}" for b in data)


def odd_bytes(rng, most):
    kinds = [lambda: text(rng, 6, string.ascii_letters).encode(), lambda: rng.choice("äñ→𝄞 é").encode(),
             lambda: rng.choice(b" +/&=%?#;:@,!*'()[]$~.\"<>|\\^`{}").to_bytes(1, "big"), lambda: b"%2F", lambda: b"..",
             lambda: rng.choice(["", " "]).encode()]
    return b"".join(rng.choice(kinds)() for _ in range(rng.randrange(1, most + 1)))


def path(rng, odd):
    segments = []
    for _ in range(rng.randrange(6)):
        kind = rng.random()
        if kind < 0.12:
            segments.append(rng.choice([".", "..", "", "...", ".a"]))
        elif kind < 0.2:
            odd.add("raw path")
            segments.append(text(rng, 5, string.ascii_letters + "!$&'()*,:=@+"))
        elif kind < 0.6:
            segments.append(encoded(odd_bytes(rng, 4)))
        else:
            segments.append(text(rng, 9, UNRESERVED))
    made = "/" + "/".join(segments)
    if segments and rng.random() < 0.3:
        made += "/"
    if any(s in (".", "..", "") for s in made[1:].split("/")[:-1]) or made.split("/")[-1] in (".", "..") or "//" in made:
        odd.add("path to normalize")
    return made


def query(rng, odd):
    if rng.random() < 0.4:
        return None
    pairs = []
    for _ in range(rng.randrange(6)):
        kind = rng.random()
        name = encoded(odd_bytes(rng, 2)) if kind < 0.4 else text(rng, 5, UNRESERVED) or "k"
        value = encoded(odd_bytes(rng, 4)) if kind < 0.7 else text(rng, 8, UNRESERVED)
        if rng.random() < 0.15:
            pairs.append(name)
        else:
            pairs.append(f"{name}={value}")
        if rng.random() < 0.2:
            pairs.append(f"{name}={text(rng, 4, UNRESERVED)}")
    made = "&".join(pairs)
    if pairs and rng.random() < 0.1:
        odd.add("query not encoded as AWS wants it")
        made += rng.choice(["&x=a:b", "&y=%2f%3a", "&z=a/b", "&w=it's", "&v=a+b"])
    names = [pair.partition("=")[0] for pair in made.split("&")]
    if made and "" in made.split("&"):
        odd.add("empty parameter")
    if len(set(names)) < len(names):
        odd.add("parameter again")
    if any("=" not in pair for pair in made.split("&")):
        odd.add("parameter without a value")
    return made


def headers(rng, odd):
    made = [["Host", rng.choice(["example.amazonaws.com", "email.eu-west-1.amazonaws.com", "127.0.0.1:4566", "[::1]:8000"])]]
    for _ in range(rng.randrange(7)):
        value = text(rng, 12, string.ascii_letters + string.digits + "-_=;/.,@" + "   ")
        kind = rng.random()
        if kind < 0.2:
            value = rng.choice(["", " ", "  lead and  run   of blanks  ", "tab\tand\t\ttab ", "a,b ,  c", "k=v; k2=v2"])
        elif kind < 0.25:
            odd.add("quoted header")
            value = rng.choice(['"a  b"  c', "it's  5", '"open  quote'])
        name = rng.choice(NAMES)
        if any(have.lower() == name.lower() for have, _ in made):
            odd.add("header again")
        made.append([name, value])
    if rng.random() < 0.3:
        made.append([rng.choice(NOT_SIGNED), "something"])
    for entry in made[1:]:
        if rng.random() < 0.2:
            entry[0] = entry[0].swapcase()
    first = made.pop(0)
    made.insert(rng.randrange(len(made) + 1), first)
    return made


def body(rng):
    kind = rng.random()
    if kind < 0.4:
        return b""
    if kind < 0.7:
        return b"Action=UpdateAccessKey&Version=2010-05-08&UserName=" + encoded(odd_bytes(rng, 3)).encode()
    return rng.randbytes(rng.randrange(300))


def key(rng):
    made = {"access_key_id": rng.choice(["AKIA", "ASIA"]) + text(rng, 0, "") + "".join(rng.choices(string.ascii_uppercase + "234567", k=16)),
            "secret_access_key": "".join(rng.choices(string.ascii_letters + string.digits + "+/", k=40))}
    if rng.random() < 0.4:
        made["session_token"] = base64.b64encode(rng.randbytes(rng.randrange(1, 200))).decode()
    return made


def generate(seed, count):
    rng = random.Random(seed)
    for _ in range(count):
        odd = set()
        made = {"method": rng.choice(METHODS), "service": rng.choice(SERVICES), "region": rng.choice(REGIONS), **key(rng)}
        asked = query(rng, odd)
        made["target"] = path(rng, odd) + ("" if asked is None else "?" + asked)
        made["headers"] = headers(rng, odd)
        made["time"] = (f"{rng.randrange(1971, 2100):04d}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}T"
                        f"{rng.randrange(24):02d}:{rng.randrange(60):02d}:{rng.randrange(60):02d}Z")
        made["query"] = rng.random() < 0.3
        if made["query"]:
            made["expires"] = rng.randrange(1, 604801)
        made["raw_path"] = not made["service"].startswith("s3") and rng.random() < 0.1
        made["body_base64"] = base64.b64encode(b"" if made["query"] else body(rng)).decode()
        yield made, odd
