"""Clients that follow a server, keep digests of their own, and come back when it is gone."""

import hashlib
import http.client
import json
import os
import threading
import time
import urllib.parse

import grpc

from wire import field, one, parse

DROP = int(os.environ.get("DEED_DROP", "0"))


class Follower(threading.Thread):
    """What any of them keeps: positions, a digest, a cursor."""

    def __init__(self, running, **query):
        super().__init__(daemon=True)
        self.running = running
        self.query = query
        self.positions = []
        self.header = None
        self.digest = None
        self.cursor = None
        self.connections = 0
        self.taken = 0
        self.failure = None
        self.goal = None
        self.seen = -1

    def opened(self, header):
        if self.header is None:
            self.header = header
            digest = hashlib.sha256(header.encode()).digest()
            self.digest = hashlib.sha256(digest + b"\xff" * 8).digest()
        elif header != self.header:
            raise AssertionError("the stream has another header")

    def take(self, position, cursor, leaf):
        """Keeps one event; `leaf` is None for one that is withheld."""
        self.cursor = cursor
        self.seen = position
        self.positions.append(position)
        self.taken += 1
        if self.taken == DROP:
            self.positions.pop()
            return
        self.digest = hashlib.sha256(
            self.digest + position.to_bytes(8, "big") + (leaf or b"")).digest()

    def mark(self, position, cursor):
        self.cursor = cursor
        self.seen = max(self.seen, position)

    @property
    def is_done(self):
        return self.goal is not None and self.seen >= self.goal

    def run(self):
        while not self.is_done:
            try:
                self.connections += 1
                self.follow()
            except (OSError, http.client.HTTPException, grpc.RpcError):
                time.sleep(0.05)
            except Exception as error:
                self.failure = error
                return


class SSEFollower(Follower):
    def follow(self):
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.running.ports["http"], timeout=30)
        headers = {"Last-Event-ID": self.cursor} if self.cursor else {}
        query = urllib.parse.urlencode(self.query, doseq=True)
        connection.request("GET", f"/v1/subscriptions/stream?{query}", headers=headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise AssertionError(answer.read().decode())
        fields = {}
        while not self.is_done:
            line = answer.readline()
            if not line:
                return
            line = line.decode().rstrip("\n")
            if line.startswith(":"):
                continue
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
                continue
            if "event" in fields:
                self.event(fields["event"], fields.get("id"), json.loads(fields["data"]))
            fields = {}
        connection.close()

    def event(self, name, cursor, data):
        if name == "opened":
            self.opened(data["header"])
        elif name in ("caught-up", "checkpoint", "fell-behind"):
            self.mark(-1 if data["position"] is None else data["position"], cursor)
            if self.digest.hex() != data["digest"] and not DROP:
                raise AssertionError("the server's digest is another one")
        elif name == "withheld":
            self.take(data["position"], cursor, None)
        elif name == "problem":
            raise AssertionError(data)
        else:
            self.take(int(data["position"]), cursor, bytes.fromhex(data["leafhash"]))


class GRPCFollower(Follower):
    def follow(self):
        numbers = {"type": 1, "category": 2, "stream": 3, "tag": 4, "actor": 5}
        terms = b"".join(
            field(numbers[name], text) for name, texts in self.query.items() for text in texts)
        request = field(1, terms) + (field(4, self.cursor) if self.cursor else b"")
        with grpc.insecure_channel(f"127.0.0.1:{self.running.ports['grpc']}") as channel:
            call = channel.unary_stream("/deed.streams.v1.Streams/Subscribe")(
                request, timeout=10)
            for message in call:
                for number, (body, *_) in parse(message).items():
                    self.message(number, parse(body))
                if self.is_done:
                    call.cancel()
                    return

    def message(self, number, body):
        if number == 1:
            self.opened(one(body, 1).decode())
        elif number == 2:
            for event in map(parse, body.get(1, [])):
                leaf = None if one(event, 3) else one(event, 5)
                self.take(one(event, 1, 0), one(event, 2).decode(), leaf)
        else:
            self.mark(one(body, 2, -1), one(body, 1).decode())
            if self.digest.hex() != one(body, 4).decode() and not DROP:
                raise AssertionError("the server's digest is another one")
