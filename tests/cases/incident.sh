# For the cases about incidents: sourced by their cmd.
#
#   records FILE <<'END'   Python that calls use(NAME, MINUTE, key=…, ip=…, agent=…, answer=…, source=…, id=…): a trail
#   save PATH…             hunt --save with the shipped rules, its stdout gone, stderr without timings
#   told FILTER…           "$@" without what the clock says
#   db SQL                 rows of the store, for what no command shows
#
# The decoys are AKIAQTRAPDECOY234567 (named decoy-1), and what a case adds to decoys.txt.

export PYTHONDONTWRITEBYTECODE=1 USER=tester
DECOY=AKIAQTRAPDECOY234567
echo "$DECOY decoy-1" >"$HOME/decoys.txt"

records() {
	python3 -c '
import json, sys
out = []
def use(name, minute=0, key="AKIAQTRAPDECOY234567", ip="198.51.100.7", agent="aws-cli/2", answer=None, source="ses", id=None, **more):
    hour, rest = int(minute // 60), minute % 60
    out.append({"eventVersion": "1.08", "eventID": id or f"e{len(out)}-{sys.argv[1]}", "requestID": f"r{len(out)}",
        "eventTime": f"2026-11-{20 + hour // 24:02}T{hour % 24:02}:{int(rest):02}:{int(rest % 1 * 60):02}Z",
        "eventSource": f"{source}.amazonaws.com", "eventName": name, "awsRegion": "us-east-1",
        "sourceIPAddress": ip, "userAgent": agent,
        "userIdentity": {"type": "IAMUser", "principalId": "AIDAQ", "arn": "arn:aws:iam::111122223333:user/app",
                         "accountId": "111122223333", "accessKeyId": key},
        "requestParameters": None,
        "responseElements": {"credentials": {"accessKeyId": answer}} if answer else None} | more)
exec(compile(sys.stdin.read(), "records", "exec"))
json.dump({"Records": out}, open(sys.argv[1], "w"))' "$1"
}

save() {
	keysnare hunt --save --decoys "$HOME/decoys.txt" "$@" 2>&1 >/dev/null |
		sed -E '/ MB packed/d'
}

told() {
	"$@" 2>&1 | sed -E 's/^(( *[0-9]+)?  )20[0-9-]{8}T[0-9:]{8}Z  (keysnare|tester|ann|bob|[a-z]+ +stdout)/\1(now)                 \3/
		s/"(opened|changed|created|notified)":"[^"]*"/"\1":"(now)"/g
		s/(head )[0-9a-f]{64}/\1(hash)/; s/"head":"[0-9a-f]{64}"/"head":"(hash)"/; s/"(hash|journal)":"[0-9a-f]{64}"/"\1":"(hash)"/g'
}

db() {
	python3 -c '
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for row in db.execute(sys.argv[2]):
    print(*row)
db.commit()' "$KEYSNARE_STORE" "$1"
}
