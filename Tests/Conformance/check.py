"""Checks what `deed` exports with the PyPI package aics-tlog, which others wrote.

    check.py bundle VKEY FILE    every event and older checkpoint of an evidence file
    check.py tiles VKEY DIR      a tiles export: every tile and entry under the signed root
    check.py refuses VKEY DIR    that every *.json and *.tiles in DIR is refused

Exits with 0 only if everything holds.
"""

import base64
import json
import pathlib
import sys

import aics_tlog as tlog
from aics_tlog.verified import audit_tiles


def refuse(reason):
    sys.exit(str(reason))


def opened(vkey, text):
    key = tlog.parse_vkey(vkey.strip())
    result = tlog.verify_checkpoint(tlog.parse_note(text), key, expected_origin=key.name)
    if not result.ok:
        refuse(result.error)
    return result


def hashes(texts):
    return [base64.b64decode(text, validate=True) for text in texts]


def bundle(vkey, path):
    data = json.loads(pathlib.Path(path).read_text())
    tree = opened(vkey, data["checkpoint"])
    for event in data["events"]:
        leaf = base64.b64decode(event["leaf"], validate=True)
        if not tlog.verify_leaf_inclusion(
            leaf, event["index"], tree.size, hashes(event["proof"]), tree.root
        ):
            refuse(f"event {event['index']} is not proved")
    for older in data["consistency"]:
        old = opened(vkey, older["old_checkpoint"])
        if not tlog.verify_consistency(
            old.size, tree.size, old.root, tree.root, hashes(older["proof"])
        ):
            refuse(f"size {old.size} is no beginning")
    print(f"{len(data['events'])} events, {len(data['consistency'])} older checkpoints")


def tiles(vkey, path):
    folder = pathlib.Path(path)
    tree = opened(vkey, (folder / "checkpoint").read_text())
    audit_tiles(tlog.FileSystemTileReader(folder), tree.size, tree.root)
    print(f"{tree.size} entries, every tile")


def refuses(vkey, path):
    accepted, count = [], 0
    for flawed in sorted(pathlib.Path(path).iterdir()):
        check = {".json": bundle, ".tiles": tiles}.get(flawed.suffix)
        if check is None:
            continue
        count += 1
        try:
            check(vkey, flawed)
            accepted.append(flawed.name)
        except (Exception, SystemExit):  # whatever a tool throws, it did not accept
            pass
    if accepted or not count:
        refuse(f"accepted of {count}: {' '.join(accepted)}")
    print(f"{count} refused")


if __name__ == "__main__":
    checks = {"bundle": bundle, "tiles": tiles, "refuses": refuses}
    if len(sys.argv) != 4 or sys.argv[1] not in checks:
        refuse(__doc__)
    try:
        checks[sys.argv[1]](sys.argv[2], sys.argv[3])
    except Exception as error:  # whatever a tool throws, it did not accept
        refuse(error)
