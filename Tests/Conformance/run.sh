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

expect pass 'deed, evidence' "$deed" evidence verify case.json --key "$vkey" --format csv
expect pass 'sumdb, evidence' ./check bundle "$vkey" case.json
expect pass 'aics-tlog, evidence' "$python" "$here/check.py" bundle "$vkey" case.json
expect pass 'sumdb, tiles' ./check tiles "$vkey" tiles
expect pass 'aics-tlog, tiles' "$python" "$here/check.py" tiles "$vkey" tiles
for proof in folder/proofs/*.tlog-proof; do
  expect pass "sumdb, ${proof##*/}" ./check proof "$vkey" "$proof" "${proof%.tlog-proof}.leaf"
done

# openssl, as HOW-TO-CHECK.txt says it.
(
  cd folder
  head -n 3 checkpoint > body
  tail -n 1 checkpoint | awk '{print $3}' | base64 -d | tail -c 64 > signature
  { printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00'
    sed 's/^.*+A/A/' log.vkey | base64 -d | tail -c 32; } > key.der
  openssl pkey -pubin -inform DER -in key.der -out key.pem
  openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in body -sigfile signature > openssl.txt
)
echo "openssl, checkpoint: $(tail -n 1 folder/openssl.txt)"

# A published witness program on this machine: it cosigns, sees that the log grew, and refuses a
# log that was rewritten.
witness=${python%/*}/aics-witness
if [[ -x $witness ]]; then
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
  expect pass 'witness cosigns' "$deed" log witness --policy policy.txt
  "$deed" evidence export --record "$account" --out witnessed.json > witnessed.txt
  expect pass 'evidence under a policy' "$deed" evidence verify witnessed.json --policy policy.txt --format csv
  expect fail 'evidence without its cosignature' "$deed" evidence verify case.json --policy policy.txt
  expect pass 'witness sees it grow' "$deed" log witness --policy policy.txt
  # Another log under the same name and key: what a holder of disk and key could make.
  "$deed" init --data rewritten2 --origin "${vkey%%+*}" > rewritten.txt
  cp data.keys/main/log.key rewritten2.keys/main/log.key.new
  mv -f rewritten2.keys/main/log.key.new rewritten2.keys/main/log.key
  chmod 400 rewritten2.keys/main/log.key
  expect fail 'witness refuses a rewritten log' "$deed" log witness --data rewritten2 --policy policy.txt
fi

"$python" "$here/plant.py" case.json tiles planted
for file in planted/*.json; do
  name=${file##*/}
  expect fail "deed, $name" "$deed" evidence verify "$file" --key "$vkey"
  expect fail "sumdb, $name" ./check bundle "$vkey" "$file"
  expect fail "aics-tlog, $name" "$python" "$here/check.py" bundle "$vkey" "$file"
done
for folder in planted/*.tiles; do
  expect fail "sumdb, $folder" ./check tiles "$vkey" "$folder"
  expect fail "aics-tlog, $folder" "$python" "$here/check.py" tiles "$vkey" "$folder"
done
if (( refused < 30 )); then
  echo "Only $refused planted flaws were tried."
  exit 1
fi
echo "All $refused planted flaws were refused."
