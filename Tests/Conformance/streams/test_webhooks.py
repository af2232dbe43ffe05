"""Webhooks as a receiver gets them, checked as the guide for services says."""

import http.server
import json
import pathlib
import re
import threading
import unittest

from running import Running
from test_killed import wait_until

GUIDE = pathlib.Path(__file__).parents[3] / "docs" / "guides" / "service.md"


def guide_example():
    """The function `is_ours`, as it stands in the guide."""
    examples = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    scope = {}
    exec(next(example for example in examples if "def is_ours" in example), scope)
    return scope["is_ours"]


class Receiver:
    """An HTTP server that keeps what is posted, and answers as it is told."""

    def __init__(self, answer):
        self.posts = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.posts.append((self.path, dict(self.headers.items()), body))
                status, headers = answer(len(receiver.posts))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class TestWebhooks(unittest.TestCase):
    def setUp(self):
        self.running = Running()
        self.addCleanup(self.running.remove)

    def receiver(self, answer=lambda _: (204, {})):
        receiver = Receiver(answer)
        self.addCleanup(receiver.close)
        return receiver

    def hook(self, host, port):
        return self.running.post(
            "/v1/subscriptions",
            {"name": "hook", "types": ["TeamCreated"], "url": f"http://{host}:{port}/crm"})

    def teams(self, *numbers):
        for number in numbers:
            self.running.post(
                "/v1/commands/CreateTeam", {"name": f"Team {number}"},
                Idempotency_Key=f"team-{number}")

    def show(self):
        return json.loads(
            self.running.deed("subscription", "show", "hook", "--format", "json").stdout)

    def test_deliveries_are_signed_and_come_once(self):
        receiver = self.receiver()
        self.running.start("--webhooks-to-anywhere")
        secret = self.hook("localhost", receiver.port)["secret"]
        self.teams(1, 2, 3)
        wait_until(lambda: len(receiver.posts) == 3)
        is_ours = guide_example()
        names = set()
        for path, headers, body in receiver.posts:
            headers = {name.lower(): value for name, value in headers.items()}
            self.assertEqual(path, "/crm")
            self.assertTrue(is_ours(secret, headers, body))
            self.assertFalse(is_ours(secret, headers, body + b" "))
            self.assertEqual(headers["content-type"],
                             "application/cloudevents+json; charset=utf-8")
            event = json.loads(body)
            self.assertEqual((event["specversion"], event["type"]), ("1.0", "deed.TeamCreated"))
            names.add(headers["webhook-id"])
        self.assertEqual(len(names), 3)
        # What was delivered before a kill is not delivered after it; what comes then is.
        wait_until(lambda: self.show()["lag"] == 0)
        self.running.kill()
        self.running.start("--webhooks-to-anywhere")
        self.teams(4)
        wait_until(lambda: len(receiver.posts) >= 4)
        self.assertEqual(len(receiver.posts), 4)

    def test_a_secret_is_changed_without_a_gap(self):
        receiver = self.receiver()
        self.running.start("--webhooks-to-anywhere")
        first = self.hook("localhost", receiver.port)["secret"]
        second = self.running.post("/v1/subscriptions/hook/rotate-secret", {})["secret"]
        self.teams(1)
        wait_until(lambda: len(receiver.posts) == 1)
        third = self.running.post(
            "/v1/subscriptions/hook/rotate-secret", {"overlapHours": 0})["secret"]
        self.teams(2)
        wait_until(lambda: len(receiver.posts) == 2)
        is_ours = guide_example()
        for (_, headers, body), expected in zip(
                receiver.posts, [(True, True, False), (False, False, True)]):
            headers = {name.lower(): value for name, value in headers.items()}
            self.assertEqual(
                tuple(is_ours(secret, headers, body) for secret in (first, second, third)),
                expected)

    def test_a_receiver_that_fails_is_asked_again_under_the_same_identifier(self):
        receiver = self.receiver(lambda count: (503 if count == 1 else 204, {}))
        self.running.start("--webhooks-to-anywhere")
        self.hook("127.0.0.1", receiver.port)
        self.teams(1)
        wait_until(lambda: len(receiver.posts) == 2)
        first, second = ({name.lower(): value for name, value in post[1].items()}
                         for post in receiver.posts)
        self.assertEqual(first["webhook-id"], second["webhook-id"])

    def test_a_redirect_is_not_followed(self):
        trap = self.receiver()
        receiver = self.receiver(
            lambda _: (302, {"location": f"http://127.0.0.1:{trap.port}/"}))
        self.running.start("--webhooks-to-anywhere")
        self.hook("127.0.0.1", receiver.port)
        self.teams(1)
        wait_until(lambda: self.show()["retrying"] == 1)
        self.assertIn("302", self.show()["reason"])
        self.assertEqual(trap.posts, [])

    def test_a_receiver_that_is_gone_pauses_the_webhook(self):
        receiver = self.receiver(lambda _: (410, {}))
        self.running.start("--webhooks-to-anywhere")
        self.hook("127.0.0.1", receiver.port)
        self.teams(1)
        wait_until(lambda: self.show()["state"] == "paused")
        self.assertIn("410", self.show()["reason"])
        self.assertEqual(self.show()["changedBy"], "system:webhooks")

    def test_closed_addresses_are_not_reached(self):
        receiver = self.receiver()
        self.running.start()
        for host in ("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001"):
            with self.subTest(host=host):
                self.hook(host, receiver.port)
                self.teams(host)
                wait_until(lambda: self.show()["parked"] == 1)
                parked = json.loads(self.running.deed(
                    "subscription", "parked", "hook", "--format", "json").stdout)
                self.assertRegex(parked["parked"][0]["reason"], "https|open network")
                self.running.post("/v1/subscriptions/hook/delete", {})
        self.assertEqual(receiver.posts, [])
