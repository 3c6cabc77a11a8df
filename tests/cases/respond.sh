# For the cases about response policies: sourced by their cmd.
#
#   use KEY CALL…     a minute ago the key made these calls to SES; watch makes an incident of them
#   plan …            respond plan …, with times as TIME, and the shipped policies under a short path: lines are filled
#
# Calls are fresh, so that no case depends on the day on which it runs.

export PYTHONDONTWRITEBYTECODE=1 LSAN_OPTIONS=${LSAN_OPTIONS-detect_leaks=1}
KEY=AKIAI44QH8DHBEXAMPLE

use() {
	mkdir -p logs
	python3 - "$@" >"logs/$1.json" <<'END'
import json, sys, time
key, calls = sys.argv[1], sys.argv[2:]
when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
identity = {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/apps/mailer", "accountId": "123456789012",
            "accessKeyId": key, "userName": "mailer"}
print(json.dumps({"Records": [
    {"eventVersion": "1.08", "eventTime": when, "eventSource": "ses.amazonaws.com", "eventName": call,
     "awsRegion": "us-east-1", "sourceIPAddress": "203.0.113.7", "userAgent": "aws-cli/2.9", "userIdentity": identity,
     "requestParameters": None, "responseElements": None, "requestID": f"r-{key}-{n}", "eventID": f"e-{key}-{n}",
     "recipientAccountId": "123456789012"} for n, call in enumerate(calls)]}))
END
	keysnare watch --once logs >/dev/null 2>&1
}

plan() {
	ln -sfn "$TOP/policies" policies
	keysnare --policies policies respond plan "$@" | sed -E 's/20[0-9]{2}-[0-9-]+T[0-9:]+Z/TIME/g'
	return "${PIPESTATUS[0]}"
}
