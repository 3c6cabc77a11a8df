# For the cases that watch: sourced by their cmd.
#
#   make_trails <<'END'     Python with everything of trails.py at hand
#   once TITLE [OPTION…]    watch --once on logs/ with hunt.yml: status lines without numbers of rules, then the status
#   incidents               a line an incident: its level, actor, events and copies of events
#   wait_for WHAT COMMAND…  until the command succeeds, at most a minute and a half
#
# The decoy is AKIAQTRAPDECOY234567, in the store.

export PYTHONPATH=$TOP/tests/cases PYTHONDONTWRITEBYTECODE=1 LSAN_OPTIONS=${LSAN_OPTIONS-detect_leaks=1}
DECOY=AKIAQTRAPDECOY234567
RULES=$TOP/tests/cases/hunt.yml

make_trails() {
	python3 -c 'from trails import *; import sys; exec(compile(sys.stdin.read(), "make_trails", "exec"))'
}

once() {
	echo "-- $1"
	shift
	keysnare watch --once --rules "$RULES" --notify stdout "$@" logs 2>&1 >notices |
		sed -E 's/ with [0-9]+ rules?( and [0-9]+ correlations?)?//; s/(: incident .*), [0-9]+ events?$/\1/'
	echo "status ${PIPESTATUS[0]}, notices $(wc -l <notices)"
}

incidents() {
	python3 - "$KEYSNARE_STORE" <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for row in db.execute("SELECT level, actor, events FROM incidents WHERE merged_into IS NULL OR merged_into = 0 "
                      "ORDER BY actor"):
    print("incident of level %d: %s, %d events" % row)
for row in db.execute("SELECT event_id, copies FROM events ORDER BY event_id"):
    print("%s: %d" % row)
END
}

wait_for() {
	local what=$1 i
	shift
	for i in {1..1800}; do "$@" 2>/dev/null && return 0; sleep 0.05; done
	echo "waited too long for $what"
	return 1
}

keysnare decoy import "$DECOY" --label trap >/dev/null || exit 1
mkdir logs
