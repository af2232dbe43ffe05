"""Measures deed and UmaDB in turns, and writes the rows of the comparison."""

import argparse
import json
import os
import shutil
import statistics
import sys

import dcb
import servers


def pair(ours, peer, measure, slices, ours_first):
    """One measurement of both, slice by slice in turns: rates, events, and processor times with
    what comes behind the answers."""
    both = (ours, peer) if ours_first else (peer, ours)
    before = {each: each.served.cpu_seconds() for each in both}
    counts, seconds = dict.fromkeys(both, 0), dict.fromkeys(both, 0.0)
    for number in range(slices):
        for each in both if number % 2 == 0 else reversed(both):
            count, took = measure(each)
            each.served.settle()
            counts[each] += count
            seconds[each] += took
    return [{"rate": counts[each] / seconds[each], "count": counts[each],
             "cpu": each.served.cpu_seconds() - before[each]} for each in (ours, peer)]


def compare(ours, peer, rounds):
    """Rows of the comparison: medians of pairs, in which the two take turns to be first."""
    pairs = {name: [] for name, *_ in dcb.MEASURES}
    for number in range(rounds):
        for name, measure, slices, *_ in dcb.MEASURES:
            found = pair(ours, peer, measure, slices, number % 2 == 0)
            pairs[name].append(found)
            print(f"{number + 1}/{rounds} {name}: {found[0]['rate']:.0f} {found[1]['rate']:.0f} "
                  f"{found[0]['rate'] / found[1]['rate']:.2f}", file=sys.stderr)
    return [row(name, pairs[name], unit, must, aim, ours.events)
            for name, _, _, unit, must, aim in dcb.MEASURES]


def row(name, pairs, unit, must, aim, events):
    def microseconds(index):
        """Processor time of the server an event, or a query."""
        return (1e6 * sum(pair[index]["cpu"] for pair in pairs)
                / sum(pair[index]["count"] for pair in pairs))

    return {
        "name": name,
        "ours": statistics.median(pair[0]["rate"] for pair in pairs),
        "peer": statistics.median(pair[1]["rate"] for pair in pairs),
        "ratio": statistics.median(pair[0]["rate"] / pair[1]["rate"] for pair in pairs),
        "must": must, "aim": aim, "unit": unit, "events": events,
        "ourProcessorMicroseconds": microseconds(0),
        "peerProcessorMicroseconds": microseconds(1),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--deed", required=True, help="the optimised binary")
    parser.add_argument("--umadb", required=True, help="the server of the PyPI package umadb")
    parser.add_argument("--folder", required=True, help="made for the run, and removed")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", help="measures whose names contain this")
    parser.add_argument("--results", help="JSON; merged into what stands there")
    arguments = parser.parse_args()
    if arguments.only:
        dcb.MEASURES[:] = [m for m in dcb.MEASURES if arguments.only in m[0]]
    os.makedirs(arguments.folder)
    running = []
    try:
        data = os.path.join(arguments.folder, "deed")
        servers.deed_command(arguments.deed, data, "init", "--kind", "dcb")
        served, _ = servers.serve_deed(arguments.deed, data, grpc=0)
        running.append(served)
        running.append(servers.serve_umadb(
            arguments.umadb, os.path.join(arguments.folder, "uma.db")))
        ours, peer = (dcb.Peer(each) for each in running)
        for each in (ours, peer):
            dcb.bulk_append(each)
            each.served.settle()
        rows = compare(ours, peer, arguments.rounds)
    finally:
        for each in running:
            each.kill()
        shutil.rmtree(arguments.folder)
    if arguments.results:
        merge(arguments.results, "dcb", rows)
    print(json.dumps(rows, indent=2))


def merge(path, section, value):
    """Puts a section into the results, beside those that stand there."""
    results = {}
    if os.path.exists(path):
        with open(path) as file:
            results = json.load(file)
    results[section] = value
    with open(path, "w") as file:
        json.dump(results, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()
