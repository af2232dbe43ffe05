#!/usr/bin/env bash
# What `deed` exports, checked by programs that others wrote; then each planted flaw, which both
# `deed` and theirs must refuse. Run by `make conformance`, which brings the programs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deed=$1
python=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/deed-conformance.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$work/go-cache" \
  go build -o "$work/check" "$here/check.go"

export DEED_DATA="$work/data"
"$deed" demo --format json > demo.json
account=$(sed -n 's/.*"account": *"\([^"]*\)".*/\1/p' demo.json | head -n 1)
"$deed" log vkey > log.vkey
vkey=$(cat log.vkey)
older=$("$deed" log checkpoint --format json | sed -n 's/.*"size": *\([0-9]*\).*/\1/p')
"$deed" evidence export --record "$account" --disclose all --out first.json > first.txt
"$deed" evidence export --record "$account" --disclose all --since "$older" --out case.json > case.txt
"$deed" evidence export --record "$account" --folder folder > folder.txt
"$deed" log tiles tiles > tiles.txt
"$deed" log backup backup > backup.txt

refused=0
expect() { # expect pass|fail WHAT COMMAND…
  local wanted=$1 what=$2 got=pass
  shift 2
  "$@" > output.txt 2>&1 || got=fail
  if [[ $got != "$wanted" ]]; then
    echo "$what: expected $wanted, got $got"
    cat output.txt
    exit 1
  fi
  if [[ $wanted == fail ]]; then refused=$((refused + 1)); else echo "$what: $(tail -n 1 output.txt)"; fi
}

# Another log, to take parts from.
"$deed" init --data other --organization Other --administrator "Nobody Known" > other.txt
for team in 1 2 3 4 5 6 7 8; do
  "$deed" do CreateTeam "{\"name\":\"Team $team\"}" --data other > other.txt
done
"$deed" log tiles other-tiles --data other > other.txt
"$deed" evidence export --range 0..12 --out other.json --data other > other.txt

expect pass 'deed, evidence' "$deed" evidence verify case.json --key "$vkey" --format csv
expect pass 'sumdb, evidence' ./check bundle "$vkey" case.json
expect pass 'aics-tlog, evidence' "$python" "$here/check.py" bundle "$vkey" case.json
expect pass 'deed, tiles' "$deed" log tiles tiles --verify --key "$vkey" --format csv
expect pass 'sumdb, tiles' ./check tiles "$vkey" tiles
expect pass 'aics-tlog, tiles' "$python" "$here/check.py" tiles "$vkey" tiles
for proof in folder/proofs/*.tlog-proof; do
  expect pass "sumdb, ${proof##*/}" ./check proof "$vkey" "$proof" "${proof%.tlog-proof}.leaf"
done

# What HOW-TO-CHECK.txt says of openssl, as it stands there.
as_said() { # as_said FOLDER
  (
    cd "$1"
    sed -n '/openssl alone/,/^[a-z]/p' HOW-TO-CHECK.txt | sed -n 's/^     //p' > said.sh
    sh -eu said.sh > said.txt
    echo "openssl, $1: $(tail -n 1 said.txt)"
  )
}
as_said folder

# A published witness program on this machine: it cosigns, sees that the log grew, and refuses a
# log that was rewritten.
witness=${python%/*}/aics-witness
export AICS_WITNESS_CONFIG="$work/witness/witness.json"
mkdir witness
"$witness" init --name witness.test/w1 > witness/vkey 2> witness/init.txt
"$witness" add-log --origin "${vkey%%+*}" --vkey "$vkey" > witness/log.txt 2>&1
port=$((20000 + RANDOM % 20000))
"$witness" serve --listen "127.0.0.1:$port" > witness/serve.txt 2>&1 &
serving=$!
trap 'kill $serving 2> /dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 50); do
  if (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then break; fi
  sleep 0.1
done
cat > policy.txt <<POLICY
log $vkey
witness w1 $(tail -n 1 witness/vkey) http://127.0.0.1:$port
quorum w1
POLICY
expect pass 'witness cosigns' "$deed" log witness --policy policy.txt --keep
# From here evidence waits for the witness by itself, and the log quotes what it signed.
"$deed" evidence export --record "$account" --out witnessed.json > witnessed.txt
expect pass 'the log is anchored' "$deed" log witness --anchor
expect pass 'evidence under a policy' "$deed" evidence verify witnessed.json --policy policy.txt --format csv
expect fail 'evidence without its cosignature' "$deed" evidence verify case.json --policy policy.txt
expect pass 'witness sees it grow' "$deed" log witness --policy policy.txt
# The log as it was before the witness saw it grow, gone on differently: what somebody with the disk
# and the key could make, or a backup that was put back.
cp -r data.keys forked.keys
rm forked.keys/main/witnessed.checkpoint
"$deed" log restore backup --data forked > restored.txt
for team in 1 2 3 4 5 6 7 8; do
  "$deed" do CreateTeam "{\"name\":\"Team $team\"}" --data forked > forked.txt
done
expect fail 'witness refuses a rewritten log' "$deed" log witness --data forked --policy policy.txt
grep 'it saw another log' output.txt
# A server asks before it goes on with a log, and stops with a code of its own.
stops() { # stops DATA SENTENCE
  local code=0
  timeout 60 "$deed" serve --data "$1" --http 127.0.0.1:0 --auth none > output.txt 2>&1 || code=$?
  if [[ $code != 3 ]] || ! grep -q "$2" output.txt; then
    echo "deed serve --data $1: expected 3 and “$2”, got $code"
    cat output.txt
    exit 1
  fi
  echo "server on $1: $(grep "$2" output.txt | head -n 1)"
}
stops forked 'The witness “w1” saw this log with another history'
# The same copy as it was put back, shorter than what the witness saw.
cp -r data.keys shorter.keys
rm shorter.keys/main/witnessed.checkpoint
"$deed" log restore backup --data shorter > restored.txt
stops shorter 'The witness “w1” saw this log with'
# What the witness showed is kept with the keys: from now on nothing opens that copy to write.
expect fail 'the copy takes no command' "$deed" do CreateTeam '{"name":"Late"}' --data shorter

# Another key: both sign while it takes over, then the new one alone; all that is older still holds.
"$deed" log rotate-key > rotated.txt
new=$("$deed" log vkey)
"$deed" evidence export --record "$account" --folder overlap > overlap.txt
expect pass 'sumdb, by the new key' ./check proof "$new" overlap/proofs/1.tlog-proof overlap/proofs/1.leaf
expect pass 'sumdb, by the old key' ./check proof "$vkey" overlap/proofs/1.tlog-proof overlap/proofs/1.leaf
as_said overlap
"$deed" log rotate-key --finish > finished.txt
"$deed" evidence export --record "$account" --out between.json > between.txt
# From here the new key signs alone. The witness knows the old one, so it cosigns no more.
expect fail 'evidence waits for the quorum' "$deed" evidence export --record "$account" --out none.json
"$deed" evidence export --record "$account" --without-witnesses --out after.json > after.txt
expect pass 'deed, by both keys' "$deed" evidence verify after.json --key "$new" --key "$vkey" --format csv
expect pass 'sumdb, by both keys' ./check bundle "$new,$vkey" after.json
expect pass 'sumdb, from before' ./check bundle "$vkey" case.json
expect fail 'sumdb, by the old key alone' ./check bundle "$vkey" after.json

# Each part of it in each way: what no stranger's tool may accept.
"$python" "$here/plant.py" case.json tiles other.json other-tiles planted
for file in planted/*.json; do
  name=${file##*/}
  expect fail "deed, $name" "$deed" evidence verify "$file" --key "$vkey"
  expect fail "sumdb, $name" ./check bundle "$vkey" "$file"
done
for folder in planted/*.tiles; do
  expect fail "deed, $folder" "$deed" log tiles "$folder" --verify --key "$vkey"
  expect fail "sumdb, $folder" ./check tiles "$vkey" "$folder"
done
expect pass 'aics-tlog, all of them' "$python" "$here/check.py" refuses "$vkey" planted
count=$(find planted -maxdepth 1 -mindepth 1 | wc -l)
if (( count < 150 )); then
  echo "Only $count flaws were planted."
  exit 1
fi
echo "All $count planted flaws were refused by deed, sumdb and aics-tlog ($refused refusals)."
