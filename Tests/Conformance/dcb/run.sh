#!/usr/bin/env bash
# Runs the test cases of the PyPI packages eventsourcing and eventsourcing-umadb against
# `deed serve`, from a subclass file of ours. DEED names the binary.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${DEED:?name the deed binary with DEED}"
export DEED PYTHONPATH="$here/.."
environment="${TMPDIR:-/tmp}/deed-conformance-dcb-venv"
[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
exec "$environment/bin/python" -B -m pytest --quiet -p no:cacheprovider "$here" "$@"
