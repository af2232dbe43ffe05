#!/usr/bin/env python3
"""A read model outside Deed: how often each record changed hands, and who has it now.

It follows a server's events, keeps its checkpoint in the transaction of its rows, and is rebuilt by
name and version beside the file that serves. Only Python's standard library is needed.

    owner_changes.py --server http://HOST:PORT [--into DIR] [--batch N] [--rebuild] [--follow]
"""

import argparse
import hashlib
import http.client
import json
import os
import sqlite3
import sys
import time
import urllib.parse

NAME = "owner-changes"
# Raise it with every change of `apply` or of the tables: the new version is built in a file of its
# own, from the first event, while the old one is still asked.
VERSION = 2
TYPES = (
    "OwnershipAssigned",
    "OwnershipTransferred",
    "OwnershipClaimed",
    "OwnershipReleasedToPool",
)

TABLES = """
CREATE TABLE IF NOT EXISTS checkpoint (
  id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, version INTEGER NOT NULL,
  header TEXT NOT NULL, cursor TEXT NOT NULL, position INTEGER NOT NULL,
  digest BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS owner (
  record TEXT PRIMARY KEY, owner TEXT NOT NULL, changes INTEGER NOT NULL,
  position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""


def apply(rows, kind, event):
    """Changes the rows as the event says: a pure function of both, without clock or chance."""
    data = event["data"]["event"]
    if kind in ("OwnershipAssigned", "OwnershipTransferred"):
        owner = "%s:%s" % (data["to"]["kind"], data["to"]["id"])
    elif kind == "OwnershipClaimed":
        owner = "user:" + data["by"]
    elif kind == "OwnershipReleasedToPool":
        owner = "pool:" + data["poolId"]
    else:
        return
    rows.execute(
        "INSERT INTO owner VALUES (?, ?, 1, ?) ON CONFLICT (record) DO UPDATE SET"
        " owner = excluded.owner, changes = changes + 1, position = excluded.position",
        (event["subject"], owner, int(event["position"])),
    )


class Failure(Exception):
    """What stops the model; its text says what to do."""


class Stale(Failure):
    """The rows are of no use any more: they are built anew."""


class Unavailable(OSError):
    """The server has no time, or is about to come back."""


def server_sent(answer):
    """The name, the id and the data of each server-sent event of an answer."""
    fields = {}
    while line := answer.readline():
        line = line.decode().rstrip("\n")
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value
        elif not line:
            if "event" in fields:
                yield fields["event"], fields.get("id"), json.loads(fields["data"])
            fields = {}


def connect(server):
    address = urllib.parse.urlsplit(server)
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    if address.scheme not in kinds or not address.hostname:
        raise Failure("%s is no server: give one such as https://deed.example" % server)
    return kinds[address.scheme](address.hostname, address.port, timeout=60)


class Model:
    """The model's file: rows and checkpoint change in one transaction."""

    def __init__(self, path):
        self.rows = sqlite3.connect(path, isolation_level=None)
        self.rows.execute("PRAGMA journal_mode = WAL")
        self.rows.executescript(TABLES)
        found = self.rows.execute(
            "SELECT name, version, header, cursor, position, digest FROM checkpoint").fetchone()
        name, version, self.header, self.cursor, self.position, self.digest = found or (
            NAME, VERSION, None, None, -1, None)
        if (name, version) != (NAME, VERSION):
            raise Failure("%s holds %s version %d" % (path, name, version))

    def follow(self, server, key, batch, follows):
        """Takes in what the server sends behind the checkpoint, to the end or for ever."""
        connection = connect(server)
        headers = {"Authorization": "Bearer " + key} if key else {}
        if self.cursor:
            headers["Last-Event-ID"] = self.cursor
        query = [("type", kind) for kind in TYPES] + [("once", "false" if follows else "true")]
        connection.request(
            "GET", "/v1/subscriptions/stream?" + urllib.parse.urlencode(query), headers=headers)
        answer = connection.getresponse()
        if answer.status == 429 or answer.status >= 500:
            raise Unavailable("%d %s" % (answer.status, answer.reason))
        if answer.status != 200:
            raise Failure(json.load(answer)["detail"])
        pending = []
        is_live = False
        for name, cursor, data in server_sent(answer):
            if name == "opened":
                self.open(data["header"])
            elif name == "problem":
                raise Failure(data["detail"])
            elif name == "fell-behind":
                is_live = False
            elif name in ("caught-up", "checkpoint"):
                is_live = is_live or name == "caught-up"
                position = -1 if data["position"] is None else data["position"]
                self.commit(pending, cursor, position)
                if self.digest.hex() != data["digest"]:
                    raise Stale("what came is not what the log has: run with --rebuild")
                pending = []
            else:
                pending.append((name, cursor, data))
                if is_live or len(pending) >= batch:
                    self.commit(pending, cursor, int(data["position"]))
                    pending = []
        connection.close()

    def open(self, header):
        """A stream's digest begins with what was asked for, of which log, with which rights."""
        if self.header is None:
            self.header = header
            start = hashlib.sha256(header.encode()).digest() + b"\xff" * 8
            self.digest = hashlib.sha256(start).digest()
        elif self.header != header:
            raise Stale("this is of another log, or rights have changed: run with --rebuild")

    def commit(self, events, cursor, position):
        """All of the batch, with the checkpoint, or nothing of it."""
        digest = self.digest
        self.rows.execute("BEGIN IMMEDIATE")
        try:
            last = self.position
            for name, _, event in events:
                place = int(event["position"])
                if place <= last:
                    raise Failure("position %d came twice" % place)
                last = place
                leaf = b"" if name == "withheld" else bytes.fromhex(event["leafhash"])
                digest = hashlib.sha256(digest + place.to_bytes(8, "big") + leaf).digest()
                if name != "withheld":
                    apply(self.rows, name, event)
            self.rows.execute(
                "INSERT INTO checkpoint VALUES (1, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                " cursor = excluded.cursor, position = excluded.position,"
                " digest = excluded.digest",
                (NAME, VERSION, self.header, cursor, position, digest),
            )
            self.rows.execute("COMMIT")
        except BaseException:
            self.rows.execute("ROLLBACK")
            raise
        self.cursor, self.position, self.digest = cursor, position, digest

    def close(self):
        self.rows.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.rows.close()


def follow_for_ever(model, options):
    """A server that is gone comes back, and the model goes on where it stands."""
    while True:
        try:
            model.follow(options.server, options.key, options.batch, follows=True)
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(1)


class Builds:
    """The files of the model: each build has one of its own, and a link says which one serves.

    A build that took the place of another's file would meet the other's write-ahead log.
    """

    def __init__(self, folder):
        self.folder = folder
        self.link = os.path.join(folder, "%s-v%d.sqlite" % (NAME, VERSION))
        number = int(os.readlink(self.link).split(".")[1]) if os.path.islink(self.link) else 0
        self.serving = self.path(number) if number else None
        self.next = self.path(number + 1)

    def path(self, number):
        return os.path.join(self.folder, "%s-v%d.%d.sqlite" % (NAME, VERSION, number))

    def switch(self):
        """Lets the next build serve; whoever has the old one open reads it to the end."""
        remove(self.link + ".new")
        os.symlink(os.path.basename(self.next), self.link + ".new")
        os.replace(self.link + ".new", self.link)
        if self.serving:
            remove(self.serving)


def remove(path):
    for name in (path, path + "-wal", path + "-shm"):
        if os.path.lexists(name):
            os.remove(name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", default="http://127.0.0.1:8080", help="of deed serve --http")
    parser.add_argument("--key", default=os.environ.get("DEED_KEY"), help="of deed keys make")
    parser.add_argument("--into", default=".", help="the folder of the model's files")
    parser.add_argument("--batch", type=int, default=1000, help="events a transaction")
    parser.add_argument("--rebuild", action="store_true", help="build anew beside, then replace")
    parser.add_argument("--follow", action="store_true", help="go on when it has caught up")
    options = parser.parse_args()
    builds = Builds(options.into)
    path = builds.serving
    if options.rebuild or path is None:
        path = builds.next
    model = Model(path)
    try:
        model.follow(options.server, options.key, options.batch, follows=False)
    except Stale:
        if path != builds.next:
            raise
        # Left behind by a build of before: this one begins anew.
        model.close()
        remove(path)
        model = Model(path)
        model.follow(options.server, options.key, options.batch, follows=False)
    if path == builds.next:
        builds.switch()
    if options.follow:
        follow_for_ever(model, options)
    print(json.dumps({"model": NAME, "version": VERSION, "through": model.position,
                      "digest": model.digest.hex()}))
    model.close()


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit("error: %s" % failure)
    except OSError as failure:
        sys.exit("error: the server does not answer (%s): start it, or give --server" % failure)
    except KeyboardInterrupt:
        sys.exit(130)
