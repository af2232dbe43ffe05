#!/usr/bin/env python3
"""A read model outside Deed: how often each record changed hands, and who has it now.

It follows the log with `deed export`, keeps its checkpoint in the transaction of its rows, and is
rebuilt by name and version beside the file that serves. Only Python's standard library is needed.

    owner_changes.py --data DIR [--into DIR] [--batch N] [--rebuild] [--follow SECONDS]
"""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time

NAME = "owner-changes"
# Raise it with every change of `apply` or of the tables: the new version is built in a file of its
# own, from the first event, while the old one is still asked.
VERSION = 1
TYPES = (
    "OwnershipAssigned",
    "OwnershipTransferred",
    "OwnershipClaimed",
    "OwnershipReleasedToPool",
)

TABLES = """
CREATE TABLE IF NOT EXISTS checkpoint (
  id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, version INTEGER NOT NULL,
  origin TEXT NOT NULL, next_position INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS owner (
  record TEXT PRIMARY KEY, owner TEXT NOT NULL, changes INTEGER NOT NULL,
  position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""


def apply(rows, event):
    """Changes the rows as the event says: a pure function of both, without clock or chance."""
    data = event["data"]
    if event["type"] in ("OwnershipAssigned", "OwnershipTransferred"):
        owner = "%s:%s" % (data["to"]["kind"], data["to"]["id"])
    elif event["type"] == "OwnershipClaimed":
        owner = "user:" + data["by"]
    elif event["type"] == "OwnershipReleasedToPool":
        owner = "pool:" + data["poolId"]
    else:
        return
    rows.execute(
        "INSERT INTO owner VALUES (?, ?, 1, ?) ON CONFLICT (record) DO UPDATE SET"
        " owner = excluded.owner, changes = changes + 1, position = excluded.position",
        (event["stream"], owner, event["position"]),
    )


class Failure(Exception):
    """What stops the model; its text says what to do."""


def export(data, start, folder):
    """The events from `start` on and their manifest; nothing when the log has none there."""
    path = os.path.join(folder, "events.jsonl")
    for old in (path, path + ".manifest.json"):
        if os.path.exists(old):
            os.remove(old)
    command = ["deed", "export", "--data", data, "--from", str(start), "--out", path,
               "--purpose", "projection"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        if "[VALIDATION.POSITION]" in done.stderr:
            return None, None
        raise Failure(done.stderr.strip())
    with open(path + ".manifest.json", encoding="utf-8") as file:
        return path, json.load(file)


class Model:
    """The model's file: rows and checkpoint change in one transaction."""

    def __init__(self, path):
        self.rows = sqlite3.connect(path, isolation_level=None)
        self.rows.execute("PRAGMA journal_mode = WAL")
        self.rows.executescript(TABLES)
        found = self.rows.execute("SELECT name, version, origin, next_position FROM checkpoint")
        self.name, self.version, self.origin, self.next = found.fetchone() or (
            NAME,
            VERSION,
            None,
            0,
        )
        if (self.name, self.version) != (NAME, VERSION):
            raise Failure("%s holds %s version %d" % (path, self.name, self.version))

    def advance(self, data, batch):
        """Takes in what the log has beyond the checkpoint; says how many events that were,
        not counting those that exports leave."""
        with tempfile.TemporaryDirectory() as folder:
            path, manifest = export(data, self.next, folder)
            if path is None:
                return 0
            if self.origin not in (None, manifest["origin"]):
                raise Failure("this is of the log %s: run with --rebuild" % self.origin)
            self.origin = manifest["origin"]
            taken = 0
            pending = []
            with open(path, encoding="utf-8") as lines:
                for line in lines:
                    pending.append(json.loads(line))
                    # An export leaves events of its own, which the next one brings.
                    taken += not pending[-1]["type"].startswith("Export")
                    if len(pending) == batch:
                        self.commit(pending, pending[-1]["position"] + 1)
                        pending = []
            if pending:
                self.commit(pending, pending[-1]["position"] + 1)
            return taken

    def commit(self, events, next_position):
        """All of the batch, with the checkpoint, or nothing of it."""
        self.rows.execute("BEGIN IMMEDIATE")
        try:
            for event in events:
                if event["position"] < self.next:
                    raise Failure("position %d came twice" % event["position"])
                if event["type"] in TYPES:
                    apply(self.rows, event)
            self.rows.execute(
                "INSERT INTO checkpoint VALUES (1, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                " next_position = excluded.next_position",
                (NAME, VERSION, self.origin, next_position),
            )
            self.rows.execute("COMMIT")
        except BaseException:
            self.rows.execute("ROLLBACK")
            raise
        self.next = next_position

    def close(self):
        self.rows.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.rows.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("DEED_DATA", "./deed-data"))
    parser.add_argument("--into", default=".", help="the folder of the model's files")
    parser.add_argument("--batch", type=int, default=1000, help="events a transaction")
    parser.add_argument("--rebuild", action="store_true", help="build anew beside, then replace")
    parser.add_argument("--follow", type=float, metavar="SECONDS", help="go on, asking so often")
    options = parser.parse_args()
    serving = os.path.join(options.into, "%s-v%d.sqlite" % (NAME, VERSION))
    building = serving + ".building"
    path = building if options.rebuild or not os.path.exists(serving) else serving
    model = Model(path)
    while model.advance(options.data, options.batch):
        pass
    if path == building:
        # Whoever has the old file open reads it to the end.
        model.close()
        os.replace(building, serving)
        model = Model(serving)
    while options.follow is not None:
        if model.advance(options.data, options.batch) == 0:
            time.sleep(options.follow)
    print(json.dumps({"model": NAME, "version": VERSION, "events": model.next}))
    model.close()


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit("error: %s" % failure)
    except KeyboardInterrupt:
        sys.exit(130)
