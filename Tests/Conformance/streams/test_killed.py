"""A server killed under load: subscribers lose and repeat nothing, consumers see no settled event
again."""

import os
import threading
import time
import unittest

import grpc

from followers import GRPCFollower, SSEFollower
from running import Running
from wire import field, one, parse

KILLS = int(os.environ.get("DEED_KILLS", "4"))
EVENTS_A_KILL = 40


class Writer(threading.Thread):
    """Makes teams, each once, whatever happens to the server."""

    def __init__(self, running, name):
        super().__init__(daemon=True)
        self.running = running
        self.name = name
        self.count = 0
        self.isStopping = False

    def run(self):
        while not self.isStopping:
            number = self.count
            try:
                self.running.post(
                    "/v1/commands/CreateTeam", {"name": f"Team {self.name} {number}"},
                    Idempotency_Key=f"{self.name}-{number}")
                self.count += 1
            except (OSError, RuntimeError):
                time.sleep(0.02)


class Worker(threading.Thread):
    """A consumer of a group: works, answers, comes back."""

    def __init__(self, running, settled, lock):
        super().__init__(daemon=True)
        self.running = running
        self.settled = settled
        self.lock = lock
        self.repeated = []
        self.doubtful = set()
        self.isStopping = False

    def run(self):
        while not self.isStopping:
            try:
                self.consume()
            except grpc.RpcError:
                time.sleep(0.05)

    def consume(self):
        with grpc.insecure_channel(f"127.0.0.1:{self.running.ports['grpc']}") as channel:
            call = channel.unary_stream("/deed.streams.v1.Streams/Consume")(
                field(1, "workers") + field(2, "worker") + field(3, 4), timeout=3)
            settle = channel.unary_unary("/deed.streams.v1.Streams/Settle")
            identifier = None
            for message in call:
                fields = parse(message)
                if 1 in fields:
                    identifier = one(parse(one(fields, 1)), 1)
                    continue
                positions = [
                    one(parse(one(parse(delivery), 1)), 1, 0)
                    for delivery in parse(one(fields, 2)).get(1, [])]
                with self.lock:
                    self.repeated += [p for p in positions if p in self.settled]
                answers = b"".join(
                    field(3, field(1, position) + field(2, 1)) for position in positions)
                # Until the server says so, an answer may be kept or not.
                with self.lock:
                    self.doubtful.update(positions)
                answer = parse(settle(
                    field(1, "workers") + field(2, identifier) + answers, timeout=10))
                stale = set()
                for value in answer.get(1, []):
                    stale |= set(unpacked(value))
                with self.lock:
                    self.settled.update(set(positions) - stale)


def unpacked(value):
    """The numbers of a packed field."""
    if isinstance(value, int):
        return [value]
    numbers, number, shift = [], 0, 0
    for byte in value:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number = shift = 0
    return numbers


def wait_until(is_so, seconds=60):
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise AssertionError("it did not come to that")
        time.sleep(0.02)


class TestKilled(unittest.TestCase):
    def setUp(self):
        self.running = Running()
        self.running.start()
        self.addCleanup(self.running.remove)

    def work(self, writers, is_enough):
        """Kills the server as often as `KILLS` says, while events come."""
        for kill in range(KILLS):
            wait_until(lambda: is_enough((kill + 1) * EVENTS_A_KILL))
            self.running.kill()
            self.running.start()
        for writer in writers:
            writer.isStopping = True
        for writer in writers:
            writer.join(60)

    def test_subscribers_skip_and_repeat_nothing(self):
        followers = [SSEFollower(self.running), GRPCFollower(self.running),
                     SSEFollower(self.running, type=["TeamCreated"]),
                     GRPCFollower(self.running, category=["team"])]
        writers = [Writer(self.running, name) for name in "ab"]
        for thread in followers + writers:
            thread.start()
        self.work(writers, lambda count: min(len(f.positions) for f in followers) >= count)
        state = self.running.deed("log", "stats", "--format", "json").stdout
        size = int(__import__("json").loads(state)["events"])
        for follower in followers:
            follower.goal = size - 1
        # A last event wakes those that wait.
        for follower in followers:
            follower.join(120)
            self.assertIsNone(follower.failure)
            self.assertFalse(follower.is_alive(), f"{follower.query} is at {follower.seen}")
            self.assertGreater(follower.connections, KILLS)
        self.running.stop()
        self.assertEqual(followers[0].positions, list(range(size)))
        self.assertEqual(followers[1].positions, list(range(size)))
        made = sum(writer.count for writer in writers)
        # A last command may be carried out without its writer having heard so.
        self.assertIn(len(followers[2].positions) - made, range(len(writers) + 1))
        for follower in followers:
            self.verify(follower, size, self.running)

    def verify(self, follower, size, running):
        path = os.path.join(running.folder, "positions")
        terms = [text for name, texts in follower.query.items()
                 for value in texts for text in (f"--{name}", value)]

        def proof(digest, positions):
            with open(path, "w") as file:
                file.writelines(f"{position}\n" for position in positions)
            return running.deed(
                "subscription", "verify", "--through", str(size - 1), "--digest", digest,
                "--positions", path, "--format", "json", *terms, check=False)

        whole = proof(follower.digest.hex(), follower.positions)
        self.assertEqual(whole.returncode, 0, whole.stdout + whole.stderr)
        # One event less, and the proof fails and names it.
        missing = follower.positions[len(follower.positions) // 2]
        flawed = proof(
            follower.digest.hex(), [p for p in follower.positions if p != missing])
        self.assertEqual(flawed.returncode, 1, flawed.stdout)
        self.assertIn(f"Position {missing} is missing", flawed.stdout)

    def test_consumers_see_no_settled_event_again(self):
        self.running.post(
            "/v1/subscriptions",
            {"name": "workers", "types": ["TeamCreated"], "from": "start",
             "strategy": "by-stream"})
        settled, lock = set(), threading.Lock()
        workers = [Worker(self.running, settled, lock) for _ in range(3)]
        writers = [Writer(self.running, name) for name in "ab"]
        for thread in workers + writers:
            thread.start()
        self.work(writers, lambda count: len(settled) >= count)
        made = sum(writer.count for writer in writers)

        def answered():
            return settled.union(*(worker.doubtful for worker in workers))

        wait_until(lambda: len(answered()) >= made)
        for worker in workers:
            worker.isStopping = True
        for worker in workers:
            worker.join(60)
            self.assertEqual(worker.repeated, [])
        self.assertIn(len(answered()) - made, range(len(writers) + 1))
        # What no answer is known of was under way when the server was killed, and nothing else.
        self.assertLessEqual(len(answered() - settled), KILLS * 3 * 4)
