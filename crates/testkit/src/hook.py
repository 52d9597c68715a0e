"""A receiver of signed requests of one test. Argument: a JSON object with

  secret    what the requests are signed with
  statuses  the answers in their order; the last one stays
  location  where an answer of 3xx points to

It checks the header Seedtest-Signature as its documentation says, with the modules hmac and hashlib of Python.
It prints its port, then one JSON object per request. It ends when its input does.
"""

import hashlib
import hmac
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

options = json.loads(sys.argv[1])
statuses = list(options["statuses"])


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def verified(header, body):
    parts = dict(part.split("=", 1) for part in header.split(","))
    signed = parts["t"].encode() + b"." + body
    expected = hmac.new(options["secret"].encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, parts["v1"])


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        header = self.headers["Seedtest-Signature"] or ""
        try:
            is_verified = verified(header, body)
            seconds = int(dict(part.split("=", 1) for part in header.split(","))["t"])
        except (KeyError, ValueError):
            is_verified, seconds = False, 0
        say(
            json.dumps(
                {
                    "path": self.path,
                    "delivery": self.headers["Seedtest-Delivery"],
                    "content_type": self.headers["Content-Type"],
                    "verified": is_verified,
                    "age": time.time() - seconds,
                    "body": body.decode(),
                }
            )
        )
        status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", options["location"])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
say(str(server.server_port))
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
