#!/usr/bin/env bash
# Carries a change of a projector through every step on a generated log, and prints a table of figures:
#
#   Benchmarks/schema-change.sh [EVENTS]      5 000 000 when not given
#
# The program before the change is this one. The one after it is built of a copy of the sources with two
# changes to the model `ticket-queue`: one that is meant (`category_code` in capitals), and a wrong line
# planted on purpose (a ticket keeps the priority that it had before). The first must be declared before
# the models are switched; the second must be traced to its event, or the script fails.
#
# DEED and CHANGED_DEED name programs that are built already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
events=${1:-5000000}
work=$(mktemp -d "${TMPDIR:-/tmp}/schema-change.XXXXXX")
trap 'rm -rf "$work"' EXIT

# build FOLDER: the optimised deed of the sources in FOLDER.
build() {
  swift build -c release --package-path "$1" --scratch-path "$1/.build-bench" --product deed >&2
  echo "$(swift build -c release --package-path "$1" --scratch-path "$1/.build-bench" \
    --show-bin-path)/deed"
}

# plant FOLDER: the two changes.
plant() {
  local folder=$1/Sources/ReadModels/TicketQueue
  local version
  version=$(sed -n 's/.*static let version: UInt32 = \([0-9]*\)$/\1/p' "$folder/TicketQueue.swift")
  sed -i "s/static let version: UInt32 = $version\$/static let version: UInt32 = $((version + 1))/" \
    "$folder/TicketQueue.swift"
  sed -i -e 's/categoryCode = changed\.to$/categoryCode = changed.to.uppercased()/' \
    -e 's/priority = Codes\.ticketPriority\[changed\.to\]/priority = Codes.ticketPriority[changed.from]/' \
    "$folder/TicketQueue+Apply.swift"
  grep -q 'uppercased()' "$folder/TicketQueue+Apply.swift" &&
    grep -q 'ticketPriority\[changed\.from\]' "$folder/TicketQueue+Apply.swift" || {
    echo 'The model ticket-queue has changed: plant other lines.' >&2
    exit 1
  }
}

if [[ -z ${DEED:-} ]]; then
  DEED=$(build .)
fi
if [[ -z ${CHANGED_DEED:-} ]]; then
  mkdir "$work/changed"
  git ls-files -z | xargs -0 cp --parents -t "$work/changed"
  plant "$work/changed"
  CHANGED_DEED=$(build "$work/changed")
fi

export DEED_DATA=$work/data
rows=$work/rows
# step NAME COMMAND…: runs it, and notes how long it took; its output goes to NAME.txt.
step() {
  local name=$1 begun ended status=0
  shift
  begun=$(date +%s%N)
  "$@" >"$work/$name.txt" 2>"$work/$name.err" || status=$?
  ended=$(date +%s%N)
  echo "$name $(((ended - begun) / 1000000)) $status" >>"$rows"
  if ((status > 1)); then
    cat "$work/$name.err" >&2
    exit 1
  fi
  return 0
}
status_of() { awk -v name="$1" '$1 == name { print $3 }' "$rows"; }
expect() {
  if [[ $(status_of "$1") != "$2" ]]; then
    echo "$1 ended with $(status_of "$1"), not $2:" >&2
    cat "$work/$1.txt" "$work/$1.err" >&2
    exit 1
  fi
}

echo "Generating $events events" >&2
python3 Benchmarks/SchemaChange/generate.py "$events" 1 "$work/events.jsonl"
step init "$DEED" init
step import "$DEED" import events "$work/events.jsonl"
rm "$work/events.jsonl"
expect import 0
step list-before "$DEED" models list --digest

step rehearse "$CHANGED_DEED" models rehearse --quiet
expect rehearse 0
step rehearse-sample "$CHANGED_DEED" models rehearse --sample 200 --quiet
expect rehearse-sample 0
step estimate "$CHANGED_DEED" models rebuild --all --dry-run
step rebuild-all "$CHANGED_DEED" models rebuild --all --hold --quiet
expect rebuild-all 0

step diff-undeclared "$CHANGED_DEED" models diff --all --quiet --format json
expect diff-undeclared 1
printf 'ticket-queue ticket changed category_code\n' >"$work/expected"
step diff-declared "$CHANGED_DEED" models diff --all --quiet --expected-changes "$work/expected" \
  --format json
expect diff-declared 1
# What is left is the planted line: rows whose priority differs, alone or beside the category that may,
# each kind traced to a change of priority.
position=$(python3 - "$work/diff-declared.txt" <<'PYTHON'
import json, sys
answer = json.load(open(sys.argv[1]))
rows = answer.get("differences", [])
left = [row for row in rows if row.get("declared") is not True]
traced = all(
    "priority" in row["declareAs"].split()[-1].split(",") and row["type"] == "TicketPriorityChanged"
    for row in left)
print(left[0]["position"] if left and traced and len(left) < len(rows) else "")
PYTHON
)
if [[ -z $position ]]; then
  echo 'The planted line was not traced:' >&2
  cat "$work/diff-declared.txt" >&2
  exit 1
fi
step planted "$DEED" replay --from "$position" --limit 1 --format json
grep -q TicketPriorityChanged "$work/planted.txt" || {
  echo "Position $position is no change of priority:" >&2
  cat "$work/planted.txt" >&2
  exit 1
}

printf 'ticket-queue ticket changed category_code,priority\n' >>"$work/expected"
step diff-all-declared "$CHANGED_DEED" models diff --all --quiet \
  --expected-changes "$work/expected"
expect diff-all-declared 0
step switch "$CHANGED_DEED" models switch --all --reason release --quiet \
  --expected-changes "$work/expected"
expect switch 0
step rollback "$CHANGED_DEED" models rollback ticket-queue --reason wrongPriorities
expect rollback 0
step audited "$DEED" replay --type ReadModelSwitched --type ReadModelRolledBack --format json
expect audited 0

echo
echo "| Step | Seconds | Events/s |"
echo "|---|---:|---:|"
awk -v events="$events" '{
  seconds = $2 / 1000
  rate = ($1 ~ /import|rehearse$|rebuild-all|diff-undeclared/) ? sprintf("%d", events / seconds) : ""
  printf "| %s | %.1f | %s |\n", $1, seconds, rate
}' "$rows"
echo
echo "Planted at position $position; $(du -sh "$work/data" | cut -f1) of data," \
  "$(du -sh "$work/data/main/models" | cut -f1) of read models with both builds."
