#!/usr/bin/env bash
# Follows a server that is killed again and again, with clients that keep digests of their own:
# nothing may be skipped and nothing doubled. DEED names the binary. With DEED_DROP=N the clients
# drop their Nth event on purpose, and the run must fail.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${DEED:?name the deed binary with DEED}"
export DEED PYTHONPATH="$here/.."
environment="${TMPDIR:-/tmp}/deed-conformance-streams-venv"
[ -x "$environment/bin/python" ] || python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
exec "$environment/bin/python" -B -m pytest --quiet -p no:cacheprovider "$here" "$@"
