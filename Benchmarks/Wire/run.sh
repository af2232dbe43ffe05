#!/usr/bin/env bash
# Measures `deed serve` over the wire: umadb.v1.DCB against UmaDB, HTTP against a bare server,
# subscribers, and a thousand connections for SECONDS_OF_LOAD (60 unless given). Writes
# Benchmarks/results-wire.json and docs/benchmarks-wire.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

build=.build-bench
scratch=$build/wire
seconds=${SECONDS_OF_LOAD:-60}
export DEED_BENCHMARKS=1

swift build -c release --scratch-path "$build" --product deed
swift build -c release --scratch-path "$build" --product bare-server
bin=$(swift build -c release --scratch-path "$build" --show-bin-path)
environment=$build/wire-environment
[[ -x $environment/bin/python ]] || python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check -r Benchmarks/Wire/requirements.txt

cc -std=gnu17 -O2 -Wall -Wextra -Werror -o "$build/subscribers" Benchmarks/Wire/subscribers.c

rm -rf "$scratch"
trap 'rm -rf "$scratch"' EXIT
python=("$environment/bin/python" -B)
results=Benchmarks/results-wire.json
"${python[@]}" Benchmarks/Wire/compare.py --deed "$bin/deed" --umadb "$environment/bin/umadb" \
  --folder "$scratch" --results "$results"
"${python[@]}" Benchmarks/Wire/web.py --deed "$bin/deed" --bare "$bin/bare-server" \
  --folder "$scratch" --results "$results"
"${python[@]}" Benchmarks/Wire/fanout.py --deed "$bin/deed" \
  --subscribers "$build/subscribers" --folder "$scratch" --results "$results"
"${python[@]}" Benchmarks/Wire/load.py --deed "$bin/deed" --folder "$scratch" \
  --seconds "$seconds" --results "$results"
"${python[@]}" Benchmarks/Wire/report.py "$results" docs/benchmarks-wire.md
