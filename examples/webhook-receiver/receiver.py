"""Receives webhooks and stores each event once in SQLite. Python 3.9 or newer, no packages:

    WEBHOOK_SECRET=whsec_… PORT=8080 python3 receiver.py events.db
"""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import sqlite3
import sys
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MAX_BODY_BYTES = 4 * 1024 * 1024
MAX_AGE_S = 300

KEY = base64.b64decode(re.sub("^whsec_", "", os.environ.get("WEBHOOK_SECRET", "")))
if len(KEY) < 24:
    sys.exit("Set WEBHOOK_SECRET to the secret that createWebhook returned.")

DATABASE = sqlite3.connect(sys.argv[1] if len(sys.argv) > 1 else "events.db", check_same_thread=False)
DATABASE.executescript((pathlib.Path(__file__).parent / "schema.sql").read_text())
LOCK = threading.Lock()


class Rejected(Exception):
    """A request that is rejected with this status."""

    def __init__(self, status):
        super().__init__(f"rejected with {status}")
        self.status = status


def is_signed(headers, body):
    """Whether a signature is that of the raw body, and the message is not older than five minutes."""
    id, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not id or not re.fullmatch("[0-9]{1,12}", sent) or abs(time.time() - int(sent)) > MAX_AGE_S:
        return False
    digest = hmac.new(KEY, f"{id}.{sent}.".encode() + body, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(digest)
    # While a secret is rotated, a message has one signature of each secret.
    given = headers.get("webhook-signature", "").encode().split(b" ")
    return any(hmac.compare_digest(one, expected) for one in given)


def parse(body):
    try:
        message = json.loads(body)
        data = message["data"]
        # Other types of messages may come later: they have no known events.
        return str(message["type"]), [*data.get("jobs", []), *data.get("analyses", [])]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise Rejected(400) from None


def store(id, type, subjects):
    """Message and events in one transaction: after a crash the message comes again and nothing of it is stored."""
    with LOCK, DATABASE:
        if DATABASE.execute("INSERT OR IGNORE INTO messages (id) VALUES (?)", [id]).rowcount == 0:
            return 0
        rows = [(subject["id"], type, json.dumps(subject)) for subject in subjects]
        insert = "INSERT OR IGNORE INTO events (subject_id, type, body) VALUES (?, ?, ?)"
        return sum(DATABASE.execute(insert, row).rowcount for row in rows)


class Receiver(BaseHTTPRequestHandler):
    #: Seconds without a byte after which a connection is closed.
    timeout = 10

    def do_POST(self):
        try:
            self.receive()
            status = 204
        except Rejected as rejection:
            status = rejection.status
        except Exception:
            # After any other status than 2xx the message comes again later.
            traceback.print_exc()
            status = 500
        self.send_response(status)
        self.end_headers()

    def receive(self):
        size = self.headers.get("content-length", "")
        if not re.fullmatch("[0-9]{1,12}", size):
            raise Rejected(411)
        if int(size) > MAX_BODY_BYTES:
            raise Rejected(413)
        body = self.rfile.read(int(size))
        if len(body) < int(size) or not is_signed(self.headers, body):
            raise Rejected(401)
        type, subjects = parse(body)
        print(type, store(self.headers["webhook-id"], type, subjects), "new", flush=True)

    def log_message(self, *_args):
        """Requests are not logged: anybody can send them."""


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Receiver)
print("listening on port", server.server_address[1], flush=True)
server.serve_forever()
