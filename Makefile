# What people and machines run. Each target installs the Debian packages it misses, and says so.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

build_packages := curl liblmdb-dev libmimalloc-dev libsqlite3-dev libssl-dev openssl pkg-config
schema_packages := protobuf-compiler
bench_packages := gcc openssl python3 python3-venv wrk
conformance_packages := golang-go golang-golang-x-mod-dev openssl python3 python3-venv
conformance_tools := aics-tlog==0.2.1 aics-witness==0.1.0

# Every test that waits holds a log of a tebibyte of addresses open; a process has room for some.
test_width := --experimental-maximum-parallelization-width 8
import_check := --explicit-target-dependency-import-check error
swift_folders := Sources Tests $(wildcard Benchmarks/*/*.swift)

.PHONY: help demo test conformance lint schema sanitize bench bench-matching bench-micro bench-short clean \
  packages schema-packages bench-packages conformance-packages conformance-evidence conformance-package

# Installs what is missing of the packages given: $(call install,name name …)
define install
@missing=(); \
if ! command -v swift >/dev/null; then \
  echo "Swift 6.3 is missing: install it from swift.org, then run make again." >&2; exit 1; \
fi; \
if ! command -v dpkg-query >/dev/null; then \
  echo "This is no Debian system: install what these packages hold yourself: $(1)."; exit 0; \
fi; \
for package in $(1); do \
  status=$$(dpkg-query -W -f='$${Status}' "$$package" 2>/dev/null || true); \
  [[ $$status == *" installed" ]] || missing+=("$$package"); \
done; \
if (( $${#missing[@]} == 0 )); then exit 0; fi; \
root=(); \
if (( $$(id -u) != 0 )); then root=(sudo); fi; \
echo "Installing Debian packages: $${missing[*]}"; \
"$${root[@]}" apt-get update -qq; \
DEBIAN_FRONTEND=noninteractive "$${root[@]}" apt-get install -y -qq --no-install-recommends \
  "$${missing[@]}" >/dev/null
endef

help: ## says what the targets do
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

packages:
	$(call install,$(build_packages))

schema-packages:
	$(call install,$(schema_packages))

bench-packages:
	$(call install,$(bench_packages))

conformance-packages:
	$(call install,$(conformance_packages))

demo: packages ## builds deed and plays the demo in a fresh folder
	@echo "Building deed without optimisation: the first build takes minutes, an optimised one longer."
	@swift build --product deed $(import_check)
	@folder=$$(mktemp -d "$${TMPDIR:-/tmp}/deed-demo.XXXXXX"); \
	  echo "Running: deed demo --data $$folder/deed-data"; \
	  "$$(swift build --show-bin-path)/deed" demo --data "$$folder/deed-data"; \
	  echo "The demo's data stays in $$folder; remove it when you like."

test: packages ## builds everything and runs all tests
	@said=$$(mktemp "$${TMPDIR:-/tmp}/deed-test.XXXXXX"); trap 'rm -f "$$said"' EXIT; \
	  if ! swift test $(import_check) --disable-xctest $(test_width) 2>&1 | tee "$$said"; then \
	    echo; echo "What failed:"; \
	    grep -E -A 2 'error:|recorded an issue|signal code' "$$said" | tail -n 60; exit 1; \
	  fi

conformance: conformance-evidence ## runs other people's programs and test suites against deed
	@swift build --product deed $(import_check)
	@for part in dcb http streams; do \
	  echo "Tests/Conformance/$$part"; \
	  DEED="$$(swift build --show-bin-path)/deed" bash "Tests/Conformance/$$part/run.sh"; \
	done

conformance-package: packages ## lets a package of somebody else's test a model of its own
	@bash Tests/Conformance/package/run.sh

lint: ## checks the layout of all written Swift
	@swift format lint --strict --recursive --parallel $(swift_folders)
	@echo "Layout is right."

schema: packages schema-packages ## makes the generated code from the .proto files
	@bash Sources/Schema/generate.sh

# aics-tlog says that it wants a newer Python than Debian's; what is used of it runs on that too.
conformance-evidence: packages conformance-packages ## the part of it that checks what deed exports
	@[[ -x .build-conformance/bin/python ]] || python3 -m venv .build-conformance
	@.build-conformance/bin/pip install --quiet --disable-pip-version-check \
	  --ignore-requires-python $(conformance_tools)
	@swift build --product deed $(import_check)
	@bash Tests/Conformance/run.sh "$$(swift build --show-bin-path)/deed" \
	  "$$PWD/.build-conformance/bin/python"

sanitize: packages ## runs the tests of the lower floors under both sanitizers
	@for sanitizer in address thread; do \
	  echo "Tests of the lower floors under the $$sanitizer sanitizer."; \
	  LSAN_OPTIONS=suppressions=$$PWD/.ci/leaks DEED_SANITIZER=$$sanitizer swift test \
	    --sanitize=$$sanitizer --scratch-path .build-$$sanitizer --disable-xctest; \
	done

bench: packages bench-packages ## measures against floors and peers; writes docs/benchmarks*.md
	@bash Benchmarks/run.sh

bench-short: packages bench-packages ## the same at 100 k events only; checks, writes nothing
	@bash Benchmarks/run.sh --short

bench-matching: packages ## measures how well and how fast duplicates are found
	@DEED_BENCHMARKS=1 swift run -c release --scratch-path .build-bench bench-matching

bench-micro: packages ## measures the small pieces, with allocations and instructions
	@DEED_BENCHMARKS=1 swift package --scratch-path .build-bench --disable-sandbox benchmark \
	  --target MicroBenchmarks

clean: ## removes everything that was built
	@rm -rf .build .build-address .build-thread .build-bench .build-conformance
