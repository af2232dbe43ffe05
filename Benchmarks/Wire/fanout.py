"""Many subscribers at once: whether each gets each event, and how soon.

The subscribers are a process of their own, subscribers.c, for what they cost is taken from the
server they measure; the writers are another. Both read the machine's monotonic clock.
"""

import argparse
import array
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

import servers


def write_store(url, rate, seconds, group, queue):
    """Appends to an event store at a rate, `group` events a request; says when which was done."""
    from umadb import Client, Event

    client = Client(url)
    data = b"x" * 150

    def append(_):
        return client.append(
            [Event("Ticked", data, [f"clock:{number % 100}"]) for number in range(group)])

    paced(append, rate, seconds, group, queue)


def write_crm(url, rate, seconds, group, queue):
    """Makes teams in a CRM at a rate, `group` commands a request."""
    def append(number):
        commands = [{"name": "CreateTeam", "key": f"team-{number}-{index}",
                     "body": {"name": f"Team {number}-{index}"}} for index in range(group)]
        request = urllib.request.Request(
            f"{url}/v1/commands", data=json.dumps({"commands": commands}).encode(),
            headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            results = json.load(answer)["results"]
        return results[-1]["result"]["position"]

    paced(append, rate, seconds, group, queue)


WRITERS = 4


def paced(append, rate, seconds, group, queue):
    """Appends at the rate by several writers, so that none waits for another's commit."""
    began = time.monotonic_ns()
    count = rate * seconds // group
    done = []
    failures = []

    def write(writer):
        try:
            for number in range(writer, count, WRITERS):
                due = began + number * group * 1_000_000_000 // rate
                wait = (due - time.monotonic_ns()) / 1e9
                if wait > 0:
                    time.sleep(wait)
                sent = time.monotonic_ns()
                last = append(number)
                done.append((last, sent, time.monotonic_ns()))
        except Exception as error:
            failures.append(error)

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    if failures:
        raise failures[0]
    queue.put((done, (time.monotonic_ns() - began) / 1e9))


class Subscribers:
    """The process of the subscribers: a connection and a call each."""

    # What is called, its request, and the fields that lead to the position of each event.
    CALLS = {"dcb": ("/umadb.v1.DCB/Subscribe", "", "1.1"),
             "crm": ("/deed.streams.v1.Streams/Subscribe", "1001", "2.1.1")}
    # Less than a server waits for a ping: what comes by then are events.
    PATIENCE_SECONDS = "20"

    def __init__(self, binary, folder, port, kind, count, wanted):
        method, request, fields = self.CALLS[kind]
        self.file = os.path.join(folder, "arrivals")
        self.process = subprocess.Popen(
            [binary, str(port), method, request, fields, str(count), str(wanted),
             self.PATIENCE_SECONDS, self.file],
            stdout=subprocess.PIPE, text=True)
        # All of them are let in before the first event comes.
        if self.process.stdout.readline() != "open\n":
            raise AssertionError("the subscribers were not let in")

    def finish(self, seconds):
        """Waits until all have everything: arrivals as first position, last position and time, the
        processor time in user and in system mode, and the number of reads."""
        words = self.process.communicate(timeout=seconds)[0].split()
        if self.process.returncode != 0:
            raise AssertionError("a subscriber did not get each event once and in order")
        with open(self.file, "rb") as file:
            numbers = array.array("q", file.read())
        os.remove(self.file)
        return (list(zip(numbers[::3], numbers[1::3], numbers[2::3])), float(words[1]), float(words[3]),
                int(words[5]))


def measure(deed, binary, folder, *, kind, subscribers, rate, seconds, group):
    data = os.path.join(folder, f"{kind}-{subscribers}")
    servers.deed_command(deed, data, "init", *(["--kind", "dcb"] if kind == "dcb" else []))
    faces = {"grpc": 0} if kind == "dcb" else {"grpc": 0, "http": 0}
    served, ports = servers.serve_deed(
        deed, data, **faces,
        settings=["limits.requestsPerSecond=1000000", "limits.requestBurst=1000000"])
    wanted = rate * seconds // group * group
    everybody = None
    try:
        everybody = Subscribers(binary, folder, ports["grpc"], kind, subscribers, wanted)
        before, memory = served.cpu_seconds(), served.memory_mib()
        url = served.url if kind == "dcb" else f"http://127.0.0.1:{ports['http']}"
        queue = multiprocessing.get_context("fork").Queue()
        writer = multiprocessing.get_context("fork").Process(
            target=write_store if kind == "dcb" else write_crm,
            args=(url, rate, seconds, group, queue))
        writer.start()
        done, took = queue.get(timeout=seconds + 60)
        writer.join(60)
        arrivals, user, system, reads = everybody.finish(60)
        cpu = served.cpu_seconds() - before
        deliveries = subscribers * wanted
        return report(done, took, arrivals, group) | {
            "kind": kind, "subscribers": subscribers, "eventsPerSecond": rate, "group": group,
            "seconds": seconds, "deliveries": deliveries, "events": wanted,
            "processorMicrosecondsADelivery": 1e6 * cpu / deliveries,
            "subscribersProcessorMicrosecondsADelivery": 1e6 * (user + system) / deliveries,
            "deliveriesARead": deliveries / reads,
            "processorShare": cpu / took, "memoryMiBBefore": memory,
            "memoryMiBAfter": served.memory_mib()}
    finally:
        if everybody is not None and everybody.process.poll() is None:
            everybody.process.kill()
        served.kill()
        shutil.rmtree(data)


def report(done, took, arrivals, group):
    """Delays of every delivery in milliseconds, from the request and from the commit.

    When the commit was done is told by the first who hears of it: the writer, whose answer says so,
    or a subscriber.
    """
    sent, committed = {}, {}
    for last, asked, answered in done:
        for position in range(last - group + 1, last + 1):
            sent[position], committed[position] = asked, answered
    for first, last, at in arrivals:
        for position in range(first, last + 1):
            committed[position] = min(committed.get(position, at), at)
    from_request, from_commit = [], []
    for first, last, at in arrivals:
        for position in range(first, last + 1):
            if position in sent:
                from_request.append((at - sent[position]) / 1e6)
                from_commit.append((at - committed[position]) / 1e6)
    def spread(delays):
        cuts = statistics.quantiles(delays, n=1000)
        return {"p50": cuts[499], "p99": cuts[989], "p999": cuts[998], "max": max(delays)}
    return {"reachedEventsPerSecond": len(sent) / took,
            "fromRequestMilliseconds": spread(from_request),
            "fromCommitMilliseconds": spread(from_commit)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--deed", required=True)
    parser.add_argument("--subscribers", required=True, help="subscribers.c, compiled")
    parser.add_argument("--folder", required=True, help="made for the run, and removed")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--kind", choices=["dcb", "crm"])
    parser.add_argument("--results", help="JSON; merged into what stands there")
    arguments = parser.parse_args()
    rows = []
    os.makedirs(arguments.folder)
    try:
        for kind, subscribers, rate, group in (
                ("dcb", 200, 250, 1), ("dcb", 10, 5_000, 10), ("crm", 200, 250, 1)):
            if arguments.kind not in (None, kind):
                continue
            rows.append(measure(
                arguments.deed, arguments.subscribers, arguments.folder, kind=kind,
                subscribers=subscribers, rate=rate, seconds=arguments.seconds, group=group))
            print(json.dumps(rows[-1], indent=2), file=sys.stderr)
    finally:
        shutil.rmtree(arguments.folder)
    if arguments.results:
        from compare import merge
        merge(arguments.results, "fanout", rows)


if __name__ == "__main__":
    main()
