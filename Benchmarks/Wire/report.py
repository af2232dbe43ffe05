"""Writes the page of figures over the wire from the results."""

import json
import os
import platform
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def number(value):
    """Three significant digits, thousands apart."""
    if value is None:
        return ""
    if value == 0:
        return "0"
    digits = max(0, 2 - int(f"{abs(value):e}".split("e")[1]))
    rounded = round(value, digits - (0 if abs(value) < 1000 else len(str(int(abs(value)))) - 3))
    return f"{rounded:,.{digits}f}".replace(",", " ")


def verdict(row):
    if row["must"] is None:
        return ""
    if row["aim"] is not None and row["ratio"] >= row["aim"]:
        return "aim"
    return "must" if row["ratio"] >= row["must"] else "**missed**"


def comparison(rows, peer):
    lines = [
        f"| Measure | Ours | {peer} | | Ratio | Must | Aim | | Server's CPU, ours | {peer} |",
        "|---|---:|---:|---|---:|---:|---:|---|---:|---:|"]
    for row in rows:
        bounds = [f"{row[name]:.2f}" if row[name] is not None else "" for name in ("must", "aim")]
        lines.append(
            f"| {row['name']} | {number(row['ours'])} | {number(row['peer'])} | {row['unit']} | "
            f"{row['ratio']:.2f} | {bounds[0]} | {bounds[1]} | {verdict(row)} | "
            f"{number(row['ourProcessorMicroseconds'])} µs | "
            f"{number(row['peerProcessorMicroseconds'])} µs |")
    return lines


def fanout(rows):
    lines = [
        "| Subscribers | Protocol | Events/s | Deliveries | p50 | p99 | p99.9 | longest "
        "| p99 from the request | Server's CPU a delivery | Subscribers' | |",
        "|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|"]
    for row in rows:
        delay = row["fromCommitMilliseconds"]
        is_reached = (delay["p99"] <= 10
                      and row["reachedEventsPerSecond"] > 0.95 * row["eventsPerSecond"])
        lines.append(
            f"| {row['subscribers']} | {PROTOCOLS[row['kind']]} | "
            f"{number(row['reachedEventsPerSecond'])} | {row['deliveries']:,} | ".replace(",", " ")
            + " | ".join(f"{delay[part]:.1f} ms" for part in ("p50", "p99", "p999", "max"))
            + f" | {row['fromRequestMilliseconds']['p99']:.1f} ms "
            f"| {number(row['processorMicrosecondsADelivery'])} µs "
            f"| {number(row['subscribersProcessorMicrosecondsADelivery'])} µs "
            f"| {'must' if is_reached else '**missed**'} |")
    return lines


PROTOCOLS = {"dcb": "umadb.v1.DCB", "crm": "deed.streams.v1"}


def load(row):
    return [
        f"{row['connections']} connections for {row['seconds']} s, four reads to one durable "
        f"command: {row['requests']:,} requests, {number(row['requestsPerSecond'])} a second, "
        f"{row['errors']} errors; p50 {row['p50Milliseconds']:.1f} ms, p99 "
        f"{row['p99Milliseconds']:.1f} ms, p99.9 {row['p999Milliseconds']:.1f} ms; "
        f"{row['processorShare']:.2f} processors. Memory: "
        f"{number(row['memoryMiBSecondSixth'])} MiB in the second sixth of the time, "
        f"{number(row['memoryMiBLastSixth'])} in the last, {number(row['memoryMiBMost'])} at most."
        .replace(",", " ", 1)]


def machine():
    model = ""
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if "model name" in line), "")
    date = subprocess.run(["date", "+%Y-%m-%d"], capture_output=True, text=True).stdout.strip()
    return f"{model}, {os.cpu_count()} cores; Linux {platform.release().split('-')[0]}; {date}."


def main():
    source, target = sys.argv[1:]
    with open(source) as file:
        results = json.load(file)
    lines = [
        "# Benchmarks over the wire", "",
        "Written by `Benchmarks/Wire/run.sh`, which `make bench` runs; the same figures for programs "
        "stand in", "`Benchmarks/results-wire.json`. Client and server share the machine. Ratios are "
        "medians of pairs in", "which the two take turns; CPU is the server's, an event, query or "
        "request, with what it does", "behind its answers.", "", machine()]
    if "dcb" in results:
        lines += ["", "## umadb.v1.DCB against UmaDB, one Python client for both", "",
                  *comparison(results["dcb"], "UmaDB")]
    if "http" in results:
        lines += ["", "## HTTP against a bare Hummingbird server", "",
                  *comparison(results["http"], "Bare")]
    if "fanout" in results:
        lines += ["", "## Subscribers", "", *fanout(results["fanout"]), "",
                  "Each subscriber, a TCP connection with a call, got each event once and in order. "
                  "Delays are to the", "subscribers' process having taken the event apart, and "
                  "from the commit: from when the first heard of", "it, the writer by its answer "
                  "or a subscriber. CPU is in user and in system mode."]
    if "load" in results:
        lines += ["", "## A thousand connections", "", *load(results["load"])]
    with open(os.path.join(HERE, "explanation.md")) as file:
        lines += ["", file.read().rstrip()]
    with open(target, "w") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
