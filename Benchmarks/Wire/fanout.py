"""Many subscribers at once: whether each gets each event, and how soon.

The subscribers are in this process, the writers in another; both read the machine's monotonic clock.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import sys
import threading
import time
import urllib.request

import servers
import streams


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


def measure(deed, folder, *, kind, subscribers, rate, seconds, group):
    data = os.path.join(folder, f"{kind}-{subscribers}")
    servers.deed_command(deed, data, "init", *(["--kind", "dcb"] if kind == "dcb" else []))
    faces = {"grpc": 0} if kind == "dcb" else {"grpc": 0, "http": 0}
    served, ports = servers.serve_deed(
        deed, data, **faces,
        settings=["limits.requestsPerSecond=1000000", "limits.requestBurst=1000000"])
    path, positions, message = (
        ("/umadb.v1.DCB/Subscribe", streams.dcb_positions, b"") if kind == "dcb"
        else ("/deed.streams.v1.Streams/Subscribe", streams.deed_positions, b"\x10\x01"))
    try:
        everybody = [streams.Subscriber(ports["grpc"], path, message, positions)
                     for _ in range(subscribers)]
        # All of them are let in before the first event comes.
        deadline = time.monotonic() + 30
        streams.follow(
            everybody,
            lambda: all(each.is_open for each in everybody) or time.monotonic() > deadline,
            lambda *_: None)
        before, memory = served.cpu_seconds(), served.memory_mib()
        url = served.url if kind == "dcb" else f"http://127.0.0.1:{ports['http']}"
        queue = multiprocessing.get_context("fork").Queue()
        writer = multiprocessing.get_context("fork").Process(
            target=write_store if kind == "dcb" else write_crm,
            args=(url, rate, seconds, group, queue))
        writer.start()
        wanted = rate * seconds // group * group
        arrivals = []
        deadline = time.monotonic() + seconds + 60

        def is_over():
            return (min(each.count for each in everybody) >= wanted
                    or time.monotonic() > deadline)

        streams.follow(
            everybody, is_over, lambda found, at: arrivals.append((found[0], found[-1], at)))
        done, took = queue.get(timeout=60)
        writer.join(60)
        cpu = served.cpu_seconds() - before
        counts = [each.count for each in everybody]
        if min(counts) < wanted:
            raise AssertionError(f"a subscriber got {min(counts)} of {wanted} events")
        return report(done, took, arrivals, group, counts, wanted) | {
            "kind": kind, "subscribers": subscribers, "eventsPerSecond": rate, "group": group,
            "seconds": seconds, "processorMicrosecondsADelivery": 1e6 * cpu / sum(counts),
            "processorShare": cpu / took, "memoryMiBBefore": memory,
            "memoryMiBAfter": served.memory_mib()}
    finally:
        served.kill()
        shutil.rmtree(data)


def report(done, took, arrivals, group, counts, wanted):
    """Delays of every delivery, from the request and from its answer, in milliseconds."""
    times = {}
    for last, sent, answered in done:
        for position in range(last - group + 1, last + 1):
            times[position] = (sent, answered)
    from_request, from_answer = [], []
    for first, last, at in arrivals:
        for position in range(first, last + 1):
            if position in times:
                sent, answered = times[position]
                from_request.append((at - sent) / 1e6)
                from_answer.append((at - answered) / 1e6)
    def spread(delays):
        cuts = statistics.quantiles(delays, n=1000)
        return {"p50": cuts[499], "p99": cuts[989], "p999": cuts[998], "max": max(delays)}
    return {"deliveries": sum(counts), "events": wanted, "reachedEventsPerSecond": wanted / took,
            "fromRequestMilliseconds": spread(from_request),
            "fromAnswerMilliseconds": spread(from_answer)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--deed", required=True)
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
                arguments.deed, arguments.folder, kind=kind, subscribers=subscribers, rate=rate,
                seconds=arguments.seconds, group=group))
            print(json.dumps(rows[-1], indent=2), file=sys.stderr)
    finally:
        shutil.rmtree(arguments.folder)
    if arguments.results:
        from compare import merge
        merge(arguments.results, "fanout", rows)


if __name__ == "__main__":
    main()
