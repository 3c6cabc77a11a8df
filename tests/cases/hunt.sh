# For the cases that hunt: sourced by their cmd.
#
#   make_trails <<'END'        Python with everything of trails.py at hand
#   [STDIN=FILE] hunt PATH…    hunts for the decoy with the rules of $RULES, hunt.yml at first; shows a line a finding, and stderr without
#                              its timings; the status is that of keysnare. Every other way of reading (no prefilter,
#                              no vector code, the other inflate library, one and two threads) must give the same.
#   peak COMMAND…              runs a command and says on stderr when it took more than 48 MiB

export PYTHONPATH=$TOP/tests/cases PYTHONDONTWRITEBYTECODE=1 LSAN_OPTIONS=${LSAN_OPTIONS-detect_leaks=1}
DECOY=AKIAQTRAPDECOY234567
RULES=("$TOP/tests/cases/hunt.yml")
scratch=$HOME

make_trails() {
	python3 -c 'from trails import *; import sys; exec(compile(sys.stdin.read(), "make_trails", "exec"))'
}

show() {
	python3 -c '
import json, sys
for line in sys.stdin.buffer:
    f = json.loads(line)
    print("%-32s %s" % (f["event"]["id"], f["rule"]["title"]))'
}

untimed() {
	sed -E 's/; [0-9.]+ s, [0-9]+ MB\/s$//'
}

hunt() {
	local status variant rules=() rule
	for rule in "${RULES[@]}"; do rules+=(--rules "$rule"); done
	keysnare hunt --format jsonl --decoy "$DECOY" "${rules[@]}" "$@" \
		<"${STDIN-/dev/null}" >"$scratch/out" 2>"$scratch/err"
	status=$?
	show <"$scratch/out"
	untimed <"$scratch/err" >&2
	for variant in --no-prefilter --portable --inflate=zlib --jobs=1 --jobs=2; do
		keysnare hunt --format jsonl --decoy "$DECOY" "${rules[@]}" "$variant" "$@" \
			<"${STDIN-/dev/null}" >"$scratch/again" 2>/dev/null
		cmp "$scratch/out" "$scratch/again" >/dev/null || echo "with $variant it finds something else"
	done
	return "$status"
}

peak() {
	python3 -c '
import os, resource, shutil, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
is_checked = "/asan/" not in os.path.realpath(shutil.which(sys.argv[1]))
if is_checked and peak > 48 * 1024:
    print(f"peak of resident memory: {peak} KiB", file=sys.stderr)
sys.exit(status)' "$@"
}
