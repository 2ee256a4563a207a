"""A worker of a company's own: takes requests from Mburoja, does them, reports back; applies withdrawals, and says so.

Plain Python 3.11, nothing to install: MBUROJA_URL=https://… MBUROJA_TOKEN=mbu_… python worker.py [--once]
The command WORK gets one request as JSON on standard input, the command APPLY one event; 0 is success, and what WORK
prints stands in the report. Wherever this program is killed, nothing is lost and nothing is done twice:

- after a claim, the lease ends by itself, and the next worker claims the request;
- between the work and its report, the next one does it again: WORK must be repeatable (by the reference), APPLY too;
- while an answer is on its way, the order is sent again under its Idempotency-Key, and is not done again.

With WEBHOOK_PORT and WEBHOOK_SECRET=whsec_… it is woken by a webhook too, else it looks every LOOK_EACH seconds.
"""

import base64
import hmac
import http.server
import json
import os
import shlex
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

URL, TOKEN = os.environ["MBUROJA_URL"].rstrip("/"), os.environ["MBUROJA_TOKEN"]
LOOK_EACH, BEAT_EACH = float(os.environ.get("LOOK_EACH", "10")), float(os.environ.get("BEAT_EACH", "60"))
woken = threading.Event()


def call(method, path, order=None, tries=5):
    """Return status and answer; where there is none, or it says so, the same is sent again under the same key."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    headers |= {"Idempotency-Key": os.urandom(16).hex()} if method == "POST" else {}
    data = json.dumps(order).encode() if method == "POST" else None
    for wait, left in enumerate(reversed(range(tries)), 1):
        try:
            asked = urllib.request.Request(URL + path, data=data, headers=headers, method=method)  # noqa: S310  ours
            with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310  ours
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code not in {429, 500, 503} or not left:
                return error.code, json.load(error)
        except OSError:  # nobody is there
            if not left:
                raise
        time.sleep(wait)
    raise ValueError(tries)


def pages(path, kind):
    """Yield everything of a list, page by page."""
    while path:
        status, page = call("GET", path)
        if status != 200:
            raise SystemExit(f"{page['title']}: {page['detail']}")
        yield from page[kind]
        path = page["next"]


def run(command, told, beat=lambda: True):
    """Run a command with something to read; return success and what it printed. Where ``beat`` says no, it is ended."""
    pipe, words = subprocess.PIPE, shlex.split(command)
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True) as process:  # noqa: S603  our own command
        given = json.dumps(told)
        while True:
            try:
                printed, _ = process.communicate(given, timeout=BEAT_EACH)
            except subprocess.TimeoutExpired:
                given = None  # it was sent
                if not beat():  # the lease was lost: somebody else works on it
                    process.kill()
            else:
                return process.returncode == 0, printed.strip()[:2000]


def work(reference):
    """Claim a request, do it, report; whoever is quicker has it."""
    path = f"/api/v1/requests/{reference}"
    status, lease = call("POST", f"{path}/claim", {})
    if status == 200:
        named = {"lease": lease["lease"]}
        _, request = call("GET", path)
        done, said = run(os.environ["WORK"], request, lambda: call("POST", f"{path}/heartbeat", named)[0] == 200)
        call("POST", f"{path}/report", {**named, "state": "done" if done else "failed", "text": said})


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes webhooks. All that they do is wake the worker: what is to be done stands in the queue."""

    def do_POST(self):
        """Take one, if it is signed with the secret."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        content = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
        key = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
        expected = "v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode()
        genuine = any(hmac.compare_digest(expected, one) for one in self.headers["webhook-signature"].split())
        self.send_response(204 if genuine else 401)
        self.end_headers()
        if genuine:
            woken.set()


if os.environ.get("WEBHOOK_PORT"):
    listening = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["WEBHOOK_PORT"])), Receiver)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
while True:
    for kind in ("consent.withdrawn", "marketing.stopped", "statistics.restricted"):
        for event in pages(f"/api/v1/events?open=true&type={kind}&limit=200", "events"):
            if run(os.environ["APPLY"], event)[0]:  # then the customer reads *u zbatua*
                call("POST", f"/api/v1/events/{event['id']}/acknowledge", {})
    for row in pages("/api/v1/requests?reported=false&limit=200", "requests"):
        if not row["claimed_by"]:
            work(row["reference"])
    if "--once" in sys.argv:
        break
    woken.wait(LOOK_EACH)
    woken.clear()
