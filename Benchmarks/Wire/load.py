"""A thousand connections at once, four reads to one command, for as long as asked; memory beside.

The server is killed by nobody and restarted by nobody: every request must be answered.
"""

import argparse
import json
import os
import re
import shutil
import sys
import threading
import time

import compare
import crm

HERE = os.path.dirname(os.path.abspath(__file__))


class Sampler(threading.Thread):
    """Memory and processor time of a server, now and then."""

    def __init__(self, served, interval):
        super().__init__(daemon=True)
        self.served = served
        self.interval = interval
        self.samples = []
        self.is_over = threading.Event()

    def run(self):
        began = time.monotonic()
        while not self.is_over.wait(self.interval):
            try:
                self.samples.append((time.monotonic() - began, self.served.memory_mib()))
            except FileNotFoundError:
                # The server is gone; who asked for the load says why.
                return


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--deed", required=True)
    parser.add_argument("--folder", required=True, help="made for the run, and removed")
    parser.add_argument("--connections", type=int, default=1_000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--pause", type=int, default=1_000,
                        help="milliseconds that a connection waits on average between requests")
    parser.add_argument("--accounts", type=int, default=2_000)
    parser.add_argument("--results", help="JSON; merged into what stands there")
    arguments = parser.parse_args()
    os.makedirs(arguments.folder)
    served = None
    try:
        served, url, _ = crm.serve(arguments.deed, arguments.folder)
        accounts = crm.make_accounts(url, arguments.accounts)
        paths = os.path.join(arguments.folder, "paths")
        with open(paths, "w") as file:
            file.writelines(f"/v1/accounts/{account}\n" for account in accounts)
            file.writelines(f"/v1/accounts/{account}/owners\n" for account in accounts[:200])
            file.writelines(["/v1/accounts?limit=20\n", "/v1/models\n", "/readyz\n"] * 20)
        print(json.dumps(measured(arguments, served, url, paths), indent=2))
    finally:
        if served:
            served.kill()
        shutil.rmtree(arguments.folder)


def measured(arguments, served, url, paths):
    sampler = Sampler(served, max(1, arguments.seconds / 120))
    before = served.cpu_seconds()
    sampler.start()
    output, _ = crm.wrk(
        url, "/", connections=arguments.connections, seconds=arguments.seconds,
        script=os.path.join(HERE, "mixed.lua"),
        environment={"WIRE_RUN": "load", "WIRE_PAUSE": str(arguments.pause),
                     "WIRE_PATHS": paths})
    sampler.is_over.set()
    sampler.join()
    found = re.search(r"WIRE (.*)", output).group(1).split()
    requests, microseconds, *errors, p50, p99, p999 = map(int, found)
    seconds = microseconds / 1e6
    memory = [sample[1] for sample in sampler.samples]
    part = max(1, len(memory) // 6)
    # The first sixth fills caches; from then on memory must be flat.
    result = {
        "connections": arguments.connections, "seconds": round(seconds),
        "requests": requests, "requestsPerSecond": requests / seconds, "errors": sum(errors),
        "p50Milliseconds": p50 / 1e3, "p99Milliseconds": p99 / 1e3, "p999Milliseconds": p999 / 1e3,
        "processorShare": (served.cpu_seconds() - before) / seconds,
        "memoryMiBSecondSixth": sum(memory[part:2 * part]) / max(1, len(memory[part:2 * part])),
        "memoryMiBLastSixth": sum(memory[-part:]) / part, "memoryMiBMost": max(memory),
    }
    if arguments.results:
        compare.merge(arguments.results, "load", result)
    return result


if __name__ == "__main__":
    main()
