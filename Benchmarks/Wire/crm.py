"""A CRM to measure over HTTP: its records, and requests to it."""

import json
import os
import re
import subprocess
import urllib.request

import servers

OPEN_LIMITS = ["limits.requestsPerSecond=1000000", "limits.requestBurst=1000000"]
ACCOUNT = {"accountType": "organization", "name": "Northwind Traders",
           "source": {"channel": "referral"}}


def send(url, path, body=None, **headers):
    """The bytes of an answer."""
    request = urllib.request.Request(
        f"{url}{path}", data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json",
                 **{name.replace("_", "-"): value for name, value in headers.items()}})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def make_accounts(url, count):
    """Makes accounts, and gives back their identifiers."""
    found = []
    while len(found) < count:
        commands = [
            {"name": "CreateAccount", "key": f"account-{number}",
             "body": {**ACCOUNT, "name": f"Customer {number} Ltd"}}
            for number in range(len(found), min(count, len(found) + 500))]
        answer = json.loads(send(url, "/v1/commands", {"commands": commands}))
        if answer["refused"]:
            raise AssertionError(next(r for r in answer["results"] if "problem" in r))
        found += [result["result"]["id"] for result in answer["results"]]
    return found


def serve(deed, folder, settings=OPEN_LIMITS, **faces):
    data = os.path.join(folder, "crm")
    servers.deed_command(deed, data, "init")
    served, ports = servers.serve_deed(
        deed, data, http=0, settings=[*settings, "log.level=warning"], **faces)
    return served, f"http://127.0.0.1:{ports['http']}", ports


def wrk(url, path, *, connections, seconds, script=None, environment=None):
    """What wrk printed, and the requests a second; anything but success is an error."""
    output = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s",
         *(["-s", script] if script else []), f"{url}{path}"],
        check=True, capture_output=True, text=True, timeout=seconds + 90,
        env={**os.environ, **(environment or {})}).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise AssertionError(output)
    return output, float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
