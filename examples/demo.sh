#!/usr/bin/env bash
# The whole of it in a minute, without an AWS account: plants decoys in three places, lets a thief find one of them,
# reads the trail that he leaves, and ends with the incident, the plan for it, and a report. Usage: examples/demo.sh [PROGRAM]. Everything is made below build/demo.
set -euo pipefail

start=$PWD
root=$(cd "$(dirname "$0")/.." && pwd)
program=$(realpath "${1:-${KEYSNARE:-$root/build/keysnare}}")
scratch=$root/build/demo
account=111122223333
trail=$root/examples/trails/ses-pionage
trail_key=AKIARTX3GSDSSFJ45C3O          # the thief's key in the trail as it is shipped

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi

headline() { printf '\n%s%s%s\n\n' "$bold" "$1" "$plain"; }
keysnare() { "$program" "$@"; }

# Prints a command line as it would be typed, then runs it.
run() {
	local word line='$'
	for word in "$@"; do
		case $word in *[!A-Za-z0-9_./=-]*) word="'$word'" ;; esac
		line+=" $word"
	done
	printf '%s\n' "$line"
	"$@"
}

# Lays the shipped trail down as CloudTrail delivers it, with the planted key as the thief's.
deliver_trail() {
	local region file
	for file in "$trail"/*.json; do
		region=$(basename "$file" .json)
		mkdir -p "logs/AWSLogs/$account/CloudTrail/$region/2026/11/21"
		sed "s/$trail_key/$1/g" "$file" | gzip -n > "logs/AWSLogs/$account/CloudTrail/$region/2026/11/21/\
${account}_CloudTrail_${region}_20261121T1110Z_kX3vQ9tLw2RbN7yZ.json.gz"
	done
}

rm -rf "$scratch"
mkdir -p "$scratch"/laptop/.aws "$scratch"/shop "$scratch"/newsletter
cd "$scratch"
printf '%s\n' '[default]' 'aws_access_key_id = AKIAIOSFODNN7EXAMPLE' \
	'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' > laptop/.aws/credentials
chmod 600 laptop/.aws/credentials

headline '1. Three places in which thieves look, and a decoy key of its own in each.'
run export KEYSNARE_STORE=keysnare.db
run keysnare plant --offline --account $account --bait aws-credentials --at laptop/.aws/credentials
run keysnare plant --offline --account $account --bait dotenv --at shop/.env --user svc-uploads --label web-2
run keysnare plant --offline --account $account --bait laravel-ses-env --at newsletter/.env
echo
run keysnare decoy list

headline '2. The laptop had a credentials file. The decoy has joined it and changed nothing else.'
run grep -E '^\[|^aws_access' laptop/.aws/credentials

headline '3. The shop hands out its .env to anybody who asks. A thief asks, and finds a key.'
run grep AWS_ shop/.env
decoy=$(sed -n 's/^AWS_ACCESS_KEY_ID=//p' shop/.env)
echo
run keysnare key inspect "$decoy"

headline '4. He tries it on Amazon SES, in three Regions. CloudTrail delivers the records.'
deliver_trail "$decoy"
echo '$ find logs -type f | sort'
find logs -type f | sort

headline '5. What does keysnare make of them? The first finding, and all of them by rule.'
echo '$ keysnare hunt --save logs > findings.txt'
keysnare hunt --save logs > findings.txt
echo
run head -n 6 findings.txt
echo
echo "$ grep '^20' findings.txt | cut -c23- | sort | uniq -c"
grep '^20' findings.txt | cut -c23- | sort | uniq -c

headline '6. Which place leaked?'
run grep -A 2 '^leaked' findings.txt
placements=$(keysnare hunt --format jsonl logs 2> hunt.err | grep -o '"placement":"[^"]*"' | sort -u || true)

# The demo is worth nothing when it shows the wrong thing.
case $placements in
*$'\n'* | '') echo 'demo: expected exactly one placement' >&2; exit 1 ;;
*shop/.env*) ;;
*) echo 'demo: expected the placement shop/.env' >&2; exit 1 ;;
esac
printf '\nshop/.env leaked. The other two decoys are quiet.\n'

headline '7. All of it is one incident: who, how far, and since when.'
run keysnare incident list
incident=$(keysnare incident list --format jsonl | sed -n 's/^{[^}]*"id":\([0-9]*\),.*"decoy":{.*/\1/p' | head -n 1)

headline '8. What would a response policy do? Decoys are watched and left alone; nothing is sent.'
run keysnare respond plan "$incident"

headline '9. And a page for whoever has to decide tonight.'
run keysnare incident report "$incident" --html report.html
grep -q 'shop/.env has leaked' report.html || { echo 'demo: the report does not say what leaked' >&2; exit 1; }
printf '\nOpen %s in a browser. Everything else is beside it.\n' "${scratch#"$start"/}/report.html"
