"""A `deed serve` of its own for a test: a fresh workspace, a free port, a clean end."""

import os
import re
import shutil
import signal
import subprocess
import tempfile


class Server:
    """Serves a fresh workspace of the given kind until `stop`."""

    def __init__(self, kind="dcb", protocol="grpc", auth="none", settings=()):
        self.folder = tempfile.mkdtemp(prefix="deed-conformance-")
        self.data = os.path.join(self.folder, "data")
        self.protocol = protocol
        self.auth = auth
        self.settings = [part for setting in settings for part in ("--set", setting)]
        self.made = self.deed("init", "--kind", kind, "--format", "json")
        self.start()

    def deed(self, *arguments):
        """Runs a command of deed on this workspace, and gives back what it printed."""
        return subprocess.run(
            [os.environ["DEED"], *arguments, "--data", self.data],
            check=True, capture_output=True, text=True, timeout=60,
        ).stdout

    def start(self, port=0):
        self.process = subprocess.Popen(
            [os.environ["DEED"], "serve", "--data", self.data, "--auth", self.auth,
             f"--{self.protocol}", f"127.0.0.1:{port}", *self.settings],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        line = self.process.stdout.readline()
        match = re.search(r" on (\S+:(\d+))", line)
        if match is None:
            raise RuntimeError(f"deed serve said {line!r}")
        self.url = f"http://{match.group(1)}"
        self.port = int(match.group(2))

    def kill(self):
        """Ends the process without a word, as a power failure would."""
        self.process.kill()
        self.process.wait(timeout=30)
        self.process.stdout.close()

    def stop(self):
        """Asks the process to end, expects that it does, and removes the workspace."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=30)
        finally:
            self.process.kill()
            self.process.stdout.close()
            shutil.rmtree(self.folder)
        if code not in (0, -signal.SIGKILL):
            raise RuntimeError(f"deed serve ended with {code}")
