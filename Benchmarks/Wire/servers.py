"""The servers that are measured, each on a free port of loopback, with a folder of its own."""

import os
import re
import signal
import socket
import subprocess
import time

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class Served:
    """A server that runs, and what it costs."""

    def __init__(self, name, process, url):
        self.name = name
        self.process = process
        self.url = url

    def cpu_seconds(self):
        """How long its threads have run until now, in user and system mode."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND

    def memory_mib(self):
        """What it holds in memory of its own: no files, which the kernel can let go of."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(re.search(r"RssAnon:\s+(\d+)", file.read()).group(1)) / 1024

    def settle(self, limit_seconds=5):
        """Waits until it has done what it does behind its answers."""
        end = time.monotonic() + limit_seconds
        before = self.cpu_seconds()
        while time.monotonic() < end:
            time.sleep(0.05)
            now = self.cpu_seconds()
            if now - before <= 0.01:
                return
            before = now

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=30)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.kill()


def deed_command(binary, data, *arguments):
    """Runs a command of deed, and gives back what it printed."""
    return subprocess.run(
        [binary, *arguments, "--data", data], check=True, capture_output=True, text=True,
        timeout=120).stdout


def serve_deed(binary, data, *, http=None, grpc=None, settings=()):
    """Serves the workspace in `data`; ports of 0 take free ones.

    Gives back the server and its ports by protocol.
    """
    wanted = {name: port for name, port in (("grpc", grpc), ("http", http)) if port is not None}
    flags = [part for name, port in wanted.items() for part in (f"--{name}", f"127.0.0.1:{port}")]
    flags += [part for setting in settings for part in ("--set", setting)]
    errors = open(f"{data}.errors", "a")
    process = subprocess.Popen(
        [binary, "serve", "--data", data, "--auth", "none", *flags],
        stdout=subprocess.PIPE, stderr=errors, text=True)
    errors.close()
    ports = {}
    while len(ports) < len(wanted):
        line = process.stdout.readline()
        match = re.search(r"Serving (\w+) on \S+:(\d+)", line)
        if match is None:
            process.kill()
            raise RuntimeError(f"deed serve said {line!r}; see {data}.errors")
        ports[match.group(1).lower()] = int(match.group(2))
    first = ports.get("grpc", ports.get("http"))
    return Served("deed", process, f"http://127.0.0.1:{first}"), ports


def serve_umadb(binary, data):
    """Serves UmaDB on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    errors = open(f"{data}.errors", "a")
    process = subprocess.Popen(
        [binary, "--listen", f"127.0.0.1:{port}", "--db-path", data],
        stdout=errors, stderr=errors)
    errors.close()
    end = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return Served("UmaDB", process, f"http://127.0.0.1:{port}")
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                process.kill()
                raise RuntimeError(f"umadb does not listen; see {data}.errors")
            time.sleep(0.05)
