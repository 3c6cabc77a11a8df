"""What people do at AWS in a test, by boto3: sessions of roles, mail, calls that are refused. And SES's other API, where a server
has the switch of one of them only: at AWS both are one switch."""
import itertools
import json
import urllib.parse

import botocore.exceptions

from servers import Script, answer, xml, xml_error
from worlds import ALLOW_ALL

count = itertools.count(1)


def deny(**condition):
    return policy("Deny", "*", **condition)


def policy(effect, *actions, **condition):
    statement = {"Effect": effect, "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **({"Condition": condition} if condition else {})}]})


def refusal(call, *arguments, **more):
    """The code of the error, None when there is none."""
    try:
        call(*arguments, **more)
    except botocore.exceptions.ClientError as error:
        return error.response.get("Error", {}).get("Code") or "?"
    return None


def role(world, user):
    """A role that the user may assume, with an external id."""
    name = f"role-{next(count)}"
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{world.account}:user/{user}"}, "Action": "sts:AssumeRole",
                 "Condition": {"StringEquals": {"sts:ExternalId": "e-1"}}}
    iam = world.client("iam")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(ALLOW_ALL))
    return name, made["Role"]["Arn"]


def session(world, keys, arn, external="e-1"):
    got = world.client("sts", keys).assume_role(RoleArn=arn, RoleSessionName="session", ExternalId=external)["Credentials"]
    return got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"]


def sender(world, name):
    """A function that sends a mail by SES v2. The address comes by v1: for v2 fakecloud, not optimized, makes an RSA key first."""
    ses = world.client("sesv2")
    world.client("ses").verify_email_identity(EmailAddress=name)
    simple = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}
    return lambda **more: refusal(ses.send_email, FromEmailAddress=name, Destination={"ToAddresses": [name]}, Content={"Simple": simple}, **more)


def sending(world, region, enabled=None):
    """SES's switch of the account in a Region, as the server keeps it; with enabled, turned first."""
    if world.offers("ses_v1_switch"):
        ses = world.client("ses", region=region)
        if enabled is not None:
            ses.update_account_sending_enabled(Enabled=enabled)
        return ses.get_account_sending_enabled()["Enabled"]
    ses = world.client("sesv2", region=region)
    if enabled is not None:
        ses.put_account_sending_attributes(SendingEnabled=enabled)
    return ses.get_account()["SendingEnabled"]


def other_api(world):
    """A server of the API of SES that the world does not have, v1 or v2: it checks signatures and turns the world's own switch.
    The variable of the environment that leads our program there, and the server."""
    def region(asked):
        return dict(asked["headers"])["Authorization"].split("Credential=")[1].split("/")[2]

    def v1(asked):
        form = dict(urllib.parse.parse_qsl(asked["body"].decode()))
        if form["Action"] == "GetAccountSendingEnabled":
            return xml("GetAccountSendingEnabled", f"<Enabled>{str(sending(world, region(asked))).lower()}</Enabled>")(asked)
        if form["Action"] == "UpdateAccountSendingEnabled":
            sending(world, region(asked), form["Enabled"] == "true")
            return xml("UpdateAccountSendingEnabled")(asked)
        return xml_error(400, "InvalidAction")(asked)

    def v2(asked):
        if (asked["method"], asked["target"]) == ("GET", "/v2/email/account"):
            quota = {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 0.0}
            return answer(200, {"SendingEnabled": sending(world, region(asked)), "ProductionAccessEnabled": False, "SendQuota": quota})(asked)
        if (asked["method"], asked["target"]) == ("PUT", "/v2/email/account/sending"):
            sending(world, region(asked), json.loads(asked["body"])["SendingEnabled"])
            return answer(200, {})(asked)
        return answer(404, {})(asked)

    def either(asked):
        if asked["wrong"]:
            return answer(403, asked["wrong"].encode())(asked)
        return v2(asked) if world.offers("ses_v1_switch") else v1(asked)
    return "AWS_ENDPOINT_URL_" + ("SESV2" if world.offers("ses_v1_switch") else "SES"), Script(either, keys=world.admin)
