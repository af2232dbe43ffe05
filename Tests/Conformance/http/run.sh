#!/usr/bin/env bash
# Asks `deed serve --http` as programs do, and lets schemathesis look for answers that its own
# description doesn't promise. DEED names the binary.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${DEED:?name the deed binary with DEED}"
export DEED PYTHONPATH="$here:$here/.."
environment="${TMPDIR:-/tmp}/deed-conformance-http-venv"
[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
exec "$environment/bin/python" -B -m pytest --quiet -p no:cacheprovider "$here" "$@"
