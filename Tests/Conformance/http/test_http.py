"""HTTP as programs use it: commands once for their key, records as of then, streams that go on."""

import base64
import hashlib
import http.client
import json
import os
import subprocess
import sys
import threading
import unittest
import urllib.error
import urllib.request

from server import Server


class OnServer(unittest.TestCase):
    auth = "none"
    settings = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server(kind="crm", protocol="http", auth=cls.auth, settings=cls.settings)
        cls.addClassCleanup(cls.server.stop)

    def ask(self, path, body=None, headers=None, method=None):
        """The status, the headers and the body of an answer, as JSON where it is."""
        request = urllib.request.Request(
            self.server.url + path, method=method, headers=dict(headers or {}),
            data=None if body is None else json.dumps(body).encode())
        if body is not None:
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers, parsed(answer)
        except urllib.error.HTTPError as error:
            return error.code, error.headers, parsed(error)

    def command(self, name, body, key, **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask(f"/v1/commands/{name}", body, {"Idempotency-Key": key, **names})

    def team(self, name, key):
        status, _, answer = self.command("CreateTeam", {"name": name}, key)
        self.assertEqual(status, 200, answer)
        return answer


def parsed(answer):
    text = answer.read()
    return json.loads(text) if "json" in answer.headers.get("Content-Type", "") else text


class TestCommands(OnServer):
    def test_a_key_is_carried_out_once(self):
        first = self.team("Alpha", "once-1")
        again = self.team("Alpha", "once-1")
        self.assertEqual(again["id"], first["id"])
        self.assertEqual(again["position"], first["position"])
        self.assertEqual((first["isRepeat"], again["isRepeat"]), (False, True))
        status, headers, problem = self.command("CreateTeam", {"name": "Beta"}, "once-1")
        self.assertEqual((status, problem["code"]), (409, "CONFLICT.IDEMPOTENCY"))
        self.assertEqual(headers["Content-Type"], "application/problem+json")

    def test_many_clients_at_once(self):
        answers = []

        def ask(number):
            answers.append(self.team(f"Crowd {number % 10}", f"crowd-{number % 10}"))

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len({answer["id"] for answer in answers}), 10)
        self.assertEqual(sum(not answer["isRepeat"] for answer in answers), 10)


class TestStreams(OnServer):
    def stream(self, path, last=None, timeout=20):
        """The events of a stream: name, id and data."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=timeout)
        self.addCleanup(connection.close)
        connection.request("GET", path, headers={"Last-Event-ID": last} if last else {})
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200)
        event = {}
        for line in answer:
            text = line.decode().rstrip("\n")
            if text == "" and "data" in event:
                yield event["event"], event.get("id"), json.loads(event["data"])
                event = {}
            elif ": " in text and not text.startswith(":"):
                name, value = text.split(": ", 1)
                event[name] = value

    def test_a_stream_is_live(self):
        stream = self.stream("/v1/events/stream?type=TeamCreated")
        for name, _, _ in stream:
            if name == "caught-up":
                break
        made = self.team("Live", "live-1")
        name, _, data = next(stream)
        self.assertEqual((name, data["position"]), ("TeamCreated", str(made["position"])))

    def test_a_page_waits_for_events(self):
        _, _, page = self.ask("/v1/events?limit=1000")
        answers = []
        waiting = threading.Thread(
            target=lambda: answers.append(
                self.ask(f"/v1/events?after={page['through']}&wait=20")[2]))
        waiting.start()
        made = self.team("Waited for", "wait-1")
        waiting.join(timeout=20)
        positions = [event["position"] for event in answers[0]["events"]]
        self.assertIn(str(made["position"]), positions)


class TestKeys(OnServer):
    auth = "keys"

    def key(self, *scopes):
        user = json.loads(self.server.made)["administrator"]
        arguments = [part for scope in scopes for part in ("--scope", scope)]
        made = json.loads(
            self.server.deed("keys", "make", "--user", user, "--name", "test", *arguments,
                             "--format", "json"))
        return made["key"], made["id"]

    def wait_until(self, key, status):
        for _ in range(50):
            if self.ask("/v1/models", headers={"Authorization": f"Bearer {key}"})[0] == status:
                return
            threading.Event().wait(0.1)
        self.fail(f"the key does not get {status}")

    def test_only_keys_are_let_in_and_only_for_their_scopes(self):
        reading, _ = self.key("read")
        writing, _ = self.key("read", "write")
        self.wait_until(writing, 200)
        for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {reading}"},
                        {"Authorization": f"Bearer {reading[:-1]}0x"}):
            status, answer, problem = self.ask("/v1/models", headers=headers)
            self.assertEqual((status, problem["code"]), (401, "AUTH.KEY"))
            self.assertEqual(answer["WWW-Authenticate"], "Bearer")
        self.assertEqual(self.ask("/livez")[0], 200)
        command = ("/v1/commands/CreateTeam", {"name": "Keyed"})
        for key, expected in ((reading, 403), (writing, 200)):
            status, _, answer = self.ask(
                *command, {"Authorization": f"Bearer {key}", "Idempotency-Key": "keyed"})
            self.assertEqual(status, expected, answer)

    def test_a_revoked_key_ends_its_streams(self):
        key, identifier = self.key("read")
        self.wait_until(key, 200)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        self.addCleanup(connection.close)
        connection.request(
            "GET", "/v1/events/stream", headers={"Authorization": f"Bearer {key}"})
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200)
        self.server.deed("keys", "revoke", identifier)
        while answer.readline():
            pass
        self.wait_until(key, 401)


def root(hashes):
    """RFC 6962's tree over hashes of leaves."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return hashlib.sha256(b"\x01" + root(hashes[:split]) + root(hashes[split:])).digest()


class TestTiledLog(OnServer):
    """`/v1/log` as a client of C2SP tlog-tiles reads it, with nothing of ours."""

    def tiles(self, kind, size):
        """The tiles of level 0, or of entries, of a log of that size."""
        for index in range((size + 255) // 256):
            width = min(256, size - 256 * index)
            path = f"{index:03d}" if width == 256 else f"{index:03d}.p/{width}"
            status, headers, tile = self.ask(f"/v1/log/tile/{kind}/{path}")
            self.assertEqual((status, headers["Content-Type"]), (200, "application/octet-stream"))
            yield tile, width

    def test_the_entries_have_the_root_that_the_checkpoint_says(self):
        for number in range(260):
            self.team(f"Tiled {number}", f"tiled-{number}")
        position = self.team("Tiled", "tiled")["position"]
        status, headers, note = self.ask(f"/v1/log/proof/inclusion?index={position}")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/plain; charset=utf-8"))
        lines = note.decode().split("\n")
        self.assertEqual(lines[:2], ["c2sp.org/tlog-proof@v1", f"index {position}"])
        status, headers, note = self.ask("/v1/log/checkpoint")
        self.assertEqual((status, headers["Cache-Control"]), (200, "max-age=1"))
        _, size, stated = note.decode().split("\n")[:3]
        size = int(size)
        self.assertGreater(size, position)
        leaves = []
        for tile, width in self.tiles("entries", size):
            for _ in range(width):
                length = int.from_bytes(tile[:2], "big")
                leaves.append(hashlib.sha256(b"\x00" + tile[2:2 + length]).digest())
                tile = tile[2 + length:]
            self.assertEqual(tile, b"")
        self.assertEqual(b"".join(leaves), b"".join(tile for tile, _ in self.tiles("0", size)))
        self.assertEqual(base64.b64encode(root(leaves)).decode(), stated)
        for path in ("tile/0/000?x=1", "tile/0/0%300", "tile/0/x000/000", "tile/00/000"):
            self.assertEqual(self.ask(f"/v1/log/{path}")[0], 404, path)


class TestDescription(OnServer):
    auth = "keys"
    # Callers are limited; this one asks, and fails to be let in, as fast as it can.
    settings = (
        "limits.requestsPerSecond=100000", "limits.requestBurst=100000",
        "limits.refusalsPerSecond=1000", "limits.refusalBurst=10000",
    )

    # Kinds of records are served by the same code: one stands for those that differ in name only.
    alike = ("contacts|opportunities|tickets|activities|tasks|users|pipelines|organizations|pools|"
             "registrations|disputes|dispute-rule-books|handovers|duplicate-cases|permissions|"
             "sla-policies|business-calendars")
    # So do commands: these have the fields of every kind.
    commands = "CreateAccount|TransferOwnership|CaptureLead|PublishPipeline|GrantConsent"

    def test_schemathesis_finds_nothing(self):
        user = json.loads(self.server.made)["administrator"]
        key = json.loads(
            self.server.deed("keys", "make", "--user", user, "--name", "schemathesis", "--scope",
                             "read", "--scope", "write", "--format", "json"))["key"]
        document = self.server.folder + "/openapi.json"
        # A key that another process made is known within a second.
        for _ in range(50):
            status, _, described = self.ask(
                "/openapi.json", headers={"Authorization": f"Bearer {key}"})
            if status == 200:
                break
            threading.Event().wait(0.1)
        with open(document, "w") as file:
            json.dump(described, file)
        outcome = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "run", document, "--url", self.server.url,
             "-H", f"Authorization: Bearer {key}",
             "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
             "response_schema_conformance,response_headers_conformance,unsupported_method,"
             "ignored_auth",
             "--phases", "examples,coverage,fuzzing",
             "--max-examples", os.environ.get("DEED_EXAMPLES", "5"), "--seed", "1",
             "--exclude-path-regex",
             f"^/v1/({self.alike}|commands/(?!({self.commands})$))",
             "--request-timeout", "30", "--no-color", "--continue-on-failure"],
            cwd=self.server.folder, capture_output=True, text=True, timeout=1_200,
            env={**os.environ, "SCHEMATHESIS_HOOKS": "finite"})
        self.assertEqual(outcome.returncode, 0, outcome.stdout[-8000:] + outcome.stderr[-2000:])
