"""Readers that take nothing cost the server no memory, and hold up nobody."""

import json
import re
import socket
import unittest

from running import Running
from test_killed import wait_until

READERS = 100


class TestSlow(unittest.TestCase):
    def setUp(self):
        self.running = Running()
        self.addCleanup(self.running.remove)
        self.running.start("--set", "times.stallSeconds=600")

    def resident(self):
        """The process's memory in kilobytes, without the log's map."""
        with open(f"/proc/{self.running.process.pid}/status") as file:
            return int(re.search(r"RssAnon:\s+(\d+) kB", file.read()).group(1))

    def teams(self, part, count):
        body = {"inOrder": False, "commands": [
            {"name": "CreateTeam", "key": f"{part}-{number}",
             "body": {"name": "n" * 100 + f" {part}-{number}"}} for number in range(count)]}
        self.assertEqual(self.running.post("/v1/commands", body)["done"], count)

    def silent(self):
        connection = socket.create_connection(("127.0.0.1", self.running.ports["http"]))
        self.addCleanup(connection.close)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.sendall(b"GET /v1/subscriptions/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")

    def test_silent_readers(self):
        for part in range(4):
            self.teams(part, 1_000)
        before = self.resident()
        for _ in range(READERS):
            self.silent()
        wait_until(lambda: f"deed_http_streams {READERS}\n" in self.running.get("/metrics"))
        for part in range(4, 8):
            self.teams(part, 1_000)
        events = self.running.get("/v1/subscriptions/stream?once=true&type=TeamCreated")
        self.assertEqual(events.count("event: TeamCreated\n"), 8_000)
        grown = self.resident() - before
        # What came meanwhile is some 4 MB: each reader with a queue of its own would have 400.
        self.assertLess(grown, 150_000, "the server keeps what its readers don't take")
        ready = json.loads(self.running.get("/readyz"))
        self.assertEqual(ready["status"], "ready")
