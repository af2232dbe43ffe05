"""A CRM's server with both of its faces, which can be killed and comes back on the same ports."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request


class Running:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="deed-streams-")
        self.data = os.path.join(self.folder, "data")
        self.ports = {"http": 0, "grpc": 0}
        self.deed("init", "--format", "json")

    def deed(self, *arguments, check=True):
        done = subprocess.run(
            [os.environ["DEED"], *arguments, "--data", self.data], capture_output=True, text=True,
            timeout=120)
        if check and done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done

    def start(self, *more):
        self.process = subprocess.Popen(
            [os.environ["DEED"], "serve", "--data", self.data, "--auth", "none",
             "--http", f"127.0.0.1:{self.ports['http']}",
             "--grpc", f"127.0.0.1:{self.ports['grpc']}", *more],
            stdout=subprocess.PIPE, stderr=open(os.path.join(self.folder, "log"), "a"), text=True)
        for _ in self.ports:
            line = self.process.stdout.readline()
            match = re.match(r"Serving (HTTP|gRPC) on \S+:(\d+)", line)
            if match is None:
                with open(os.path.join(self.folder, "log")) as log:
                    raise RuntimeError(f"deed serve said {line!r} and {log.read()[-1000:]!r}")
            self.ports[match.group(1).lower()] = int(match.group(2))

    def kill(self):
        """Ends the process without a word, as a power failure would."""
        self.process.kill()
        self.process.wait(timeout=60)
        self.process.stdout.close()

    def stop(self):
        self.process.terminate()
        code = self.process.wait(timeout=60)
        self.process.stdout.close()
        if code != 0:
            raise RuntimeError(f"deed serve ended with {code}")

    def remove(self):
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder)

    def get(self, path):
        """The text of an answer."""
        with urllib.request.urlopen(
                f"http://127.0.0.1:{self.ports['http']}{path}", timeout=120) as answer:
            return answer.read().decode()

    def post(self, path, body, **headers):
        """The answer of a POST; an error of the transport is the caller's."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.ports['http']}{path}", data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json",
                     **{name.replace("_", "-"): value for name, value in headers.items()}})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode()) from error
