"""What a permissions document allows, judged call by call by the proxy of faults.py: moto judges the action alone, and takes "*"
for the resource of every call."""
import copy
import re

from faults import Fault, SesSwitches, refusal


def fits(patterns, value):
    patterns = patterns if isinstance(patterns, list) else [patterns]
    return any(re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), value) for pattern in patterns)


def without(document, action):
    less = copy.deepcopy(document)
    for statement in less["Statement"]:
        statement["Action"] = [a for a in statement["Action"] if a != action]
    less["Statement"] = [statement for statement in less["Statement"] if statement["Action"]]
    return less


def loose(document):
    """The same actions on everything: as much of it as moto judges."""
    wide = copy.deepcopy(document)
    for statement in wide["Statement"]:
        statement.pop("Condition", None)
        statement["Resource"] = "*"
    return wide


def actions(document):
    return {action for statement in document["Statement"] for action in statement["Action"]}


class Judge(SesSwitches):
    """SES's switches, and the whole of a document before every call. owner: whose a key id is, a function."""

    def __init__(self, document, account, owner, sets=()):
        super().__init__(sets=sets)
        self.document, self.account_id, self.owner, self.used, self.denied = document, account, owner, set(), set()

    def __call__(self, request):
        wanted = [action for action in self.actions(request) if action != "sts:GetCallerIdentity"]
        for action in wanted:
            if not self.allows(action, self.resource(request), request.form):
                self.denied.add(action)
                return refusal(request, "denied", Fault("denied", number=1))
        self.used.update(wanted)
        return self.play(request)

    def play(self, request):
        return super().__call__(request)

    @staticmethod
    def actions(request):
        """What the call takes: a user who is made with tags is tagged, too."""
        tagged = request.operation == "CreateUser" and any(name.startswith("Tags.") for name in request.form)
        return [f"{request.service}:{request.operation}"] + ["iam:TagUser"] * tagged

    def resource(self, request):
        form, tail = request.form, request.target.rpartition("/")[2]
        iam = f"arn:aws:iam::{self.account_id}"
        if "RoleArn" in form:
            return form["RoleArn"]
        if "AccessKeyId" in form and "UserName" not in form:
            return f"{iam}:user/{self.owner(form['AccessKeyId'])}"
        if "UserName" in form:
            return f"{iam}:user/{form['UserName']}"
        if "RoleName" in form:
            return f"{iam}:role/{form['RoleName']}"
        if "/configuration-sets/" in request.target:
            return f"arn:aws:ses:{request.region}:{self.account_id}:configuration-set/{request.target.split('/')[4]}"
        if "/identities/" in request.target:
            return f"arn:aws:ses:{request.region}:{self.account_id}:identity/{tail}"
        return None

    def allows(self, action, resource, form):
        for statement in self.document["Statement"]:
            wanted = statement.get("Condition", {}).get("ArnEquals", {}).get("iam:PolicyARN")
            if (fits(statement["Action"], action) and (statement["Resource"] == "*" or resource and fits(statement["Resource"], resource))
                    and (wanted is None or wanted == form.get("PolicyArn"))):
                return True
        return False
