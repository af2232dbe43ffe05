"""gRPC as grpcio speaks it: statuses, deadlines, limits, cancelled and endless calls."""

import json
import threading
import time
import unittest

import grpc
from umadb import Client, Event

from proxy import TLSProxy
from server import Server


class TestWire(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        cls.channel = grpc.insecure_channel(
            cls.server.url.removeprefix("http://"),
            options=[("grpc.max_send_message_length", -1)])
        cls.addClassCleanup(cls.channel.close)

    def unary(self, path, message=b"", **keywords):
        return self.channel.unary_unary(path)(message, **keywords)

    def refused(self, path, message=b"", **keywords):
        with self.assertRaises(grpc.RpcError) as caught:
            self.unary(path, message, **keywords)
        return caught.exception

    def test_a_method_that_is_not_there(self):
        for path in ("/umadb.v1.DCB/Nothing", "/no.such.Service/Read"):
            self.assertEqual(self.refused(path).code(), grpc.StatusCode.UNIMPLEMENTED)

    def test_a_message_that_is_none(self):
        for message in (b"\xff", b"\x0a\x05ab", b"\x0a\x02\x0a\x05"):
            error = self.refused("/umadb.v1.DCB/Append", message)
            self.assertEqual(error.code(), grpc.StatusCode.INVALID_ARGUMENT)

    def test_a_text_that_is_no_utf8(self):
        error = self.refused("/umadb.v1.DCB/Append", b"\x0a\x04\x0a\x02\xff\xfe")
        self.assertEqual(error.code(), grpc.StatusCode.INVALID_ARGUMENT)

    def test_a_message_over_the_limit(self):
        # An event whose data fill the message up to 16 MiB, and one byte more.
        for extra, is_taken in ((0, True), (1, False)):
            size = (16 << 20) + extra - 10
            event = b"\x1a" + varint(size) + bytes(size)
            message = b"\x0a" + varint(len(event)) + event
            self.assertEqual(len(message), (16 << 20) + extra)
            if is_taken:
                self.unary("/umadb.v1.DCB/Append", message)
            else:
                error = self.refused("/umadb.v1.DCB/Append", message)
                self.assertEqual(error.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)

    def test_a_compressed_message(self):
        error = self.refused(
            "/umadb.v1.DCB/GetTrackingInfo", b"\x0a\x40" + b"a" * 64,
            compression=grpc.Compression.Gzip)
        self.assertEqual(error.code(), grpc.StatusCode.UNIMPLEMENTED)

    def test_a_deadline_ends_an_endless_call(self):
        stream = self.channel.unary_stream("/umadb.v1.DCB/Subscribe")(
            b"\x10\x80\x94\xeb\xdc\x03", timeout=0.3)
        began = time.monotonic()
        with self.assertRaises(grpc.RpcError) as caught:
            next(stream)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        self.assertGreater(time.monotonic() - began, 0.2)

    def test_many_cancelled_calls_leave_the_connection_whole(self):
        for _ in range(200):
            self.channel.unary_stream("/umadb.v1.DCB/Subscribe")(b"").cancel()
        self.unary("/umadb.v1.DCB/Head")

    def test_an_integrity_error_has_its_details(self):
        self.unary("/umadb.v1.DCB/Append", b"\x0a\x03\x0a\x01a")
        error = self.refused("/umadb.v1.DCB/Append", b"\x0a\x03\x0a\x01a\x12\x02\x0a\x00")
        self.assertEqual(error.code(), grpc.StatusCode.FAILED_PRECONDITION)
        details = dict(error.trailing_metadata())["grpc-status-details-bin"]
        # ErrorResponse: 1 message, 2 error_type; INTEGRITY is 2.
        self.assertTrue(details.endswith(b"\x10\x02"), details)
        self.assertIn("DCB.CONDITION", error.details())

    def test_health(self):
        self.assertEqual(self.unary("/grpc.health.v1.Health/Check"), b"\x08\x01")
        error = self.refused("/grpc.health.v1.Health/Check", b"\x0a\x04nope")
        self.assertEqual(error.code(), grpc.StatusCode.NOT_FOUND)

    def test_a_slow_reader_holds_up_nobody(self):
        client = Client(self.server.url)
        before = client.head() or 0
        client.append([Event("big", bytes(4096), ["slow"]) for _ in range(2000)])
        slow = self.channel.unary_stream("/umadb.v1.DCB/Read")(b"\x10" + varint(before + 1))
        next(slow)
        # The slow one has its window full; others read and append.
        self.assertEqual(client.append([Event("after", b"", [])]), before + 2001)
        self.assertEqual(sum(1 for _ in client.read(start=before + 1)), 2001)
        self.assertGreater(sum(1 for _ in slow), 1)

    def test_a_subscriber_gets_each_event_once(self):
        client = Client(self.server.url)
        begin = client.head() or 0
        seen = []
        subscription = client.subscribe(after=begin)

        def follow():
            for event in subscription:
                seen.append(event.position)
                if len(seen) == 300:
                    return

        follower = threading.Thread(target=follow, daemon=True)
        follower.start()
        writers = [
            threading.Thread(
                target=lambda: [client.append([Event("e", b"x", ["t"])]) for _ in range(100)])
            for _ in range(3)
        ]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        follower.join(timeout=30)
        subscription.cancel()
        self.assertEqual(seen, list(range(begin + 1, begin + 301)))


class TestKeys(unittest.TestCase):
    def setUp(self):
        self.server = Server(auth="keys")
        self.addCleanup(self.server.stop)
        self.channel = grpc.insecure_channel(self.server.url.removeprefix("http://"))
        self.addCleanup(self.channel.close)

    def key(self, *scopes):
        arguments = [part for scope in scopes for part in ("--scope", scope)]
        made = json.loads(
            self.server.deed("keys", "make", "--user", "usr_1", "--name", "test", *arguments,
                             "--format", "json"))
        return made["key"], made["id"]

    def call(self, method, message, authorization):
        metadata = [("authorization", authorization)] if authorization else []
        try:
            self.channel.unary_unary(f"/umadb.v1.DCB/{method}")(message, metadata=metadata)
            return grpc.StatusCode.OK
        except grpc.RpcError as error:
            return error.code()

    def wait_for(self, code, authorization):
        for _ in range(50):
            if self.call("Head", b"", authorization) == code:
                return
            time.sleep(0.1)
        self.fail(f"the key does not get {code}")

    def test_only_keys_are_let_in_and_only_for_their_scopes(self):
        reading, _ = self.key("read")
        writing, _ = self.key("read", "write")
        self.wait_for(grpc.StatusCode.OK, f"Bearer {writing}")
        event = b"\x0a\x03\x0a\x01a"
        for authorization in (None, "Bearer x", f"Basic {reading}", f"Bearer {reading[:-1]}!"):
            for method, message in (("Head", b""), ("Append", event)):
                self.assertEqual(
                    self.call(method, message, authorization), grpc.StatusCode.UNAUTHENTICATED)
        self.assertEqual(
            self.call("Append", event, f"Bearer {reading}"), grpc.StatusCode.PERMISSION_DENIED)
        self.assertEqual(self.call("Append", event, f"Bearer {writing}"), grpc.StatusCode.OK)
        # The published client sends a key over TLS only, which a proxy on the machine adds.
        with TLSProxy(self.server.port, self.server.folder) as proxy:
            client = Client(proxy.url, ca_path=proxy.certificate, api_key=writing)
            self.assertEqual(client.head(), 1)
            del client

    def test_a_revoked_key_ends_its_subscriptions(self):
        key, identifier = self.key("read")
        authorization = f"Bearer {key}"
        self.wait_for(grpc.StatusCode.OK, authorization)
        stream = self.channel.unary_stream("/umadb.v1.DCB/Subscribe")(
            b"", metadata=[("authorization", authorization)], timeout=20)
        self.server.deed("keys", "revoke", identifier)
        with self.assertRaises(grpc.RpcError) as caught:
            next(stream)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.PERMISSION_DENIED)
        self.wait_for(grpc.StatusCode.UNAUTHENTICATED, authorization)


class TestKilled(unittest.TestCase):
    def test_what_was_acknowledged_is_there_after_a_kill(self):
        server = Server()
        self.addCleanup(server.stop)
        acknowledged = []

        def write(url, number):
            client = Client(url)
            try:
                for count in range(100_000):
                    name = f"{number}-{count}"
                    acknowledged.append((client.append([Event("e", name.encode(), [name])]), name))
            except Exception:
                # The server is gone, as it should be.
                return

        writers = [
            threading.Thread(target=write, args=(server.url, number)) for number in range(4)]
        for writer in writers:
            writer.start()
        while len(acknowledged) < 200:
            time.sleep(0.01)
        server.kill()
        for writer in writers:
            writer.join(timeout=60)
        server.start()
        # The client is kept: one that is let go of cancels what it reads.
        client = Client(server.url)
        found = {event.position: event.event.data.decode() for event in client.read()}
        self.assertEqual(sorted(found), list(range(1, len(found) + 1)))
        self.assertEqual(len(set(found.values())), len(found))
        for position, name in acknowledged:
            self.assertEqual(found.get(position), name)


def varint(value):
    """The bytes of a Protocol Buffers varint."""
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
