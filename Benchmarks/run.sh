#!/usr/bin/env bash
# Builds the floor and the optimised runner, measures, and writes docs/benchmarks.md and
# Benchmarks/results.json; then measures over the wire (Benchmarks/Wire/run.sh). `--short` measures
# 100 k events in the process only, checks that each row has at least half of its threshold, and
# writes nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build=.build-bench
scratch=$build/data
export DEED_BENCHMARKS=1

echo 'Building the floor and deed-bench, optimised: the first build takes a quarter of an hour.'
mkdir -p "$build"
cc -std=gnu17 -O2 -Wall -Wextra -Werror -o "$build/floor" Benchmarks/floor/floor.c -llmdb
swift build -c release --scratch-path "$build" --product deed-bench
bench=$(swift build -c release --scratch-path "$build" --show-bin-path)/deed-bench

rm -rf "$scratch"
mkdir -p "$scratch"
trap 'rm -rf "$scratch"' EXIT
case ${1:-} in
  --short) sizes=100000 rounds=3 output=(--check-only) ;;
  '') sizes=100000,1000000,10000000 rounds=3
    output=(--large-rounds 1 --results Benchmarks/results.json --document docs/benchmarks.md
      --explanation Benchmarks/explanation.md) ;;
  *) echo 'usage: Benchmarks/run.sh [--short]' >&2; exit 2 ;;
esac
"$bench" run --floor "$build/floor" --folder "$scratch" --sizes "$sizes" --rounds "$rounds" \
  "${output[@]}"
[[ ${1:-} == --short ]] || bash Benchmarks/Wire/run.sh
