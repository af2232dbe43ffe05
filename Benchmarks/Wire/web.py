"""Measures deed's HTTP against a bare Hummingbird server, in turns."""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys

import compare
import crm
import servers

HERE = os.path.dirname(os.path.abspath(__file__))


def serve_bare(binary, folder, content):
    path = os.path.join(folder, "content")
    with open(path, "wb") as file:
        file.write(content)
    process = subprocess.Popen(
        [binary, os.path.join(folder, "bare-log"), path], stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    match = re.search(r"127\.0\.0\.1:\d+", line)
    if match is None:
        process.kill()
        raise RuntimeError(f"bare-server said {line!r}")
    return servers.Served("bare", process, f"http://{match.group(0)}")


def load(url, path, script, ids, run, connections, seconds):
    """Requests a second."""
    return crm.wrk(
        url, path, connections=connections, seconds=seconds, script=os.path.join(HERE, script),
        environment={"WIRE_RUN": run, "WIRE_IDS": ids, "WIRE_PATH": path})[1]


def turn(served, load):
    """A rate, and the processor time a request."""
    before = served.cpu_seconds()
    rate, seconds = load()
    served.settle()
    return {"rate": rate, "count": rate * seconds, "cpu": served.cpu_seconds() - before}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--deed", required=True)
    parser.add_argument("--bare", required=True)
    parser.add_argument("--folder", required=True, help="made for the run, and removed")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--results", help="JSON; merged into what stands there")
    arguments = parser.parse_args()
    os.makedirs(arguments.folder)
    running = []
    try:
        ours, url, _ = crm.serve(arguments.deed, arguments.folder)
        running.append(ours)
        accounts = crm.make_accounts(url, arguments.accounts)
        content = crm.send(url, f"/v1/accounts/{accounts[-1]}")
        bare = serve_bare(arguments.bare, arguments.folder, content)
        running.append(bare)
        ids = os.path.join(arguments.folder, "ids")
        with open(ids, "w") as file:
            file.writelines(f"{account}\n" for account in accounts)
        rows = rounds(arguments, (ours, url), bare, ids)
    finally:
        for each in running:
            each.kill()
        shutil.rmtree(arguments.folder)
    if arguments.results:
        compare.merge(arguments.results, "http", rows)
    print(json.dumps(rows, indent=2))


def rounds(arguments, ours, bare, ids):
    served, url = ours
    seconds = arguments.seconds
    measures = [
        ("GET of one of the customers, 64 connections", 0.5, None, "customers.lua",
         "/v1/accounts/", "/bytes/"),
        ("durable command, a note, 64 connections", 0.5, None, "commands.lua",
         "/v1/commands/LogActivity", "/append"),
    ]
    pairs = {measure[0]: [] for measure in measures}
    # One after the other: commands make the customers' answers longer than the bare server's bytes.
    for name, _, _, script, our_path, bare_path in measures:
        for number in range(arguments.rounds):
            turns = [(served, url, our_path), (bare, bare.url, bare_path)]
            if number % 2:
                turns.reverse()
            taken = {
                each.name: turn(each, lambda: (
                    load(base, path, script, ids, f"r{number}", 64, seconds), seconds))
                for each, base, path in turns}
            pairs[name].append((taken["deed"], taken["bare"]))
            print(f"{number + 1}/{arguments.rounds} {name}: {taken['deed']['rate']:.0f} "
                  f"{taken['bare']['rate']:.0f} "
                  f"{taken['deed']['rate'] / taken['bare']['rate']:.2f}", file=sys.stderr)
    return [compare.row(name, pairs[name], "requests/s", must, aim, arguments.accounts)
            for name, must, aim, *_ in measures]


if __name__ == "__main__":
    main()
