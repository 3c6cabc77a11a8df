# For the cases with correlations: sourced by their cmd, behind hunt.sh. Of the findings only those of correlations are
# shown: time, rule, key, how many events, decoy, and the events' ids.

RULES=("$TOP/policies/detect" "$TOP/policies/suppress")

show() {
	python3 -c '
import json, sys
for line in sys.stdin.buffer:
    f = json.loads(line)
    if f["matched"] is None:
        continue
    ids = f["matched"] if len(f["matched"]) <= 8 else f["matched"][:3] + ["…"] + f["matched"][-1:]
    print(f["time"], f["rule"]["title"], f["actor"]["key_id"], len(f["matched"]), (f["decoy"] or {}).get("name"), *ids)'
}

# The findings of correlations among some, without what says where they were read.
correlated() {
	python3 -c '
import json, sys
for line in sys.stdin.buffer:
    f = json.loads(line)
    del f["where"]
    if f["matched"] is not None:
        print(json.dumps(f))'
}

# same_findings FILE: whether the store has the findings of correlations that the file has, and how many on how many keys.
same_findings() {
	python3 - "$1" <<'END'
import json, os, sqlite3, sys
hunted = sorted(open(sys.argv[1]).read().splitlines())
stored = [json.loads(text) for text, in sqlite3.connect(os.environ["KEYSNARE_STORE"]).execute("SELECT json FROM findings")]
for finding in stored:
    del finding["where"]
stored = [finding for finding in stored if finding["matched"] is not None]
print(len(stored), "findings of correlations, on", len({f["actor"]["key_id"] for f in stored}), "keys")
print("the same" if sorted(map(json.dumps, stored)) == hunted else "not what the hunt found")
END
}
