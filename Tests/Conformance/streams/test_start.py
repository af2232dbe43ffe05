"""A stream over gRPC begins with the first event that was recorded at a time or later."""

import datetime
import json
import unittest

import grpc

from running import Running
from wire import field, one, parse


class TestStart(unittest.TestCase):
    def test_a_stream_begins_at_a_time(self):
        running = Running()
        self.addCleanup(running.remove)
        running.start()
        for number in range(3):
            made = running.post(
                "/v1/commands/CreateTeam", {"name": f"Team {number}"},
                Idempotency_Key=f"team-{number}")
        text = json.loads(running.get(f"/v1/events/{made['position']}"))["time"]
        time = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        since = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        microseconds = (time - since) // datetime.timedelta(microseconds=1)
        for start, first in ((microseconds, made["position"]), (0, 0)):
            # An explicit zero stands on the wire: it is a member of a oneof.
            request = field(7, start) + field(5, 1)
            with grpc.insecure_channel(f"127.0.0.1:{running.ports['grpc']}") as channel:
                call = channel.unary_stream("/deed.streams.v1.Streams/Subscribe")(
                    request, timeout=60)
                positions = [
                    one(parse(event), 1, 0)
                    for message in call
                    for body in parse(message).get(2, [])
                    for event in parse(body).get(1, [])]
            self.assertEqual(positions[0], first)
            self.assertEqual(positions[-1], made["position"])
        future = field(7, microseconds + 3_600_000_000)
        with grpc.insecure_channel(f"127.0.0.1:{running.ports['grpc']}") as channel:
            with self.assertRaises(grpc.RpcError) as refused:
                list(channel.unary_stream("/deed.streams.v1.Streams/Subscribe")(
                    future, timeout=60))
        self.assertEqual(refused.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
