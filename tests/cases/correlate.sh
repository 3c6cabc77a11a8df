# For the cases with correlations: sourced by their cmd, behind hunt.sh. Of the findings only those of correlations are
# shown: time, rule, key, how many events, decoy, and the events' ids.

RULES=("$TOP/policies/detect")

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
