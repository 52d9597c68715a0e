#!/usr/bin/env python3
"""Memory and latency of the service under traffic it has to bear: `python3 bench/abuse.py target/release/seedtest`.

Starts the service on a free port of this machine and prints a table: memory when idle, after anonymous traffic
(methods that are made up, files, slow readers, slow senders), the largest memory of single requests that are too
large, and the latency of `/irt/score` beside all of it. Nothing beyond the standard library.
"""

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import tempfile
import threading
import time

TOKEN = "a token of this benchmark"
SCORE = json.dumps({"item_params": {f"q{i}": {"a": 1, "b": 0.1 * i} for i in range(40)},
                    "responses": [{"item_id": f"q{i}", "y": i % 2} for i in range(40)]})


class Service:
    """A running service; ends with the block."""

    def __init__(self, binary):
        self.dir = tempfile.TemporaryDirectory()
        environment = {**os.environ, "INTERNAL_TOKEN": TOKEN}
        command = [binary, "--quiet", "--data-dir", self.dir.name, "serve", "--bind", "127.0.0.1:0"]
        self.child = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL, text=True)
        self.host, port = self.child.stdout.readline().strip().rsplit("/", 1)[1].split(":")
        self.port = int(port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()
        self.dir.cleanup()

    def memory(self, line="VmRSS"):
        """MiB of a line of /proc/ID/status."""
        with open(f"/proc/{self.child.pid}/status", encoding="ascii") as status:
            return next(int(l.split()[1]) for l in status if l.startswith(line)) / 1024

    def connect(self):
        stream = socket.create_connection((self.host, self.port), timeout=30)
        return stream

    def post(self, path, body):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=120)
        headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, text


def scores(service, until, took):
    """Scores one after the other on one connection."""
    connection = http.client.HTTPConnection(service.host, service.port, timeout=30)
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    while time.monotonic() < until:
        began = time.perf_counter()
        connection.request("POST", "/irt/score", SCORE, headers)
        answer = connection.getresponse()
        answer.read()
        took.append((time.perf_counter() - began, answer.status))
        time.sleep(0.005)


def fast(service, until):
    """Made-up methods and files without a token."""
    n = 0
    while time.monotonic() < until:
        try:
            with service.connect() as stream:
                name = f"METHOD{threading.get_ident()}{n}" + "X" * (n % 7) * 4000
                stream.sendall(f"{name[:50000]} /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
                stream.recv(4096)
            with service.connect() as stream:
                stream.sendall(b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
                while stream.recv(1 << 16):
                    pass
        except OSError:
            pass
        n += 1


def slow(service, until, held):
    """Readers who do not read, and senders of a byte now and then."""
    request = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: x\r\n\r\n" * 8
    half = b"POST /irt/score HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n"
    for n in range(600):
        try:
            stream = service.connect()
            stream.sendall(request if n % 2 else half)
            held.append(stream)
        except OSError:
            pass
        if time.monotonic() > until:
            return
    while time.monotonic() < until:
        for stream in held[::2]:
            try:
                stream.send(b" ")
            except OSError:
                pass
        time.sleep(4)


def large():
    """Requests of at most 4 MiB that ask for too much, or for as much as is allowed."""
    row = lambda i: {"student": f"s{i}", "time": 1 + i % 50, "event": int(i % 3 == 0), "x": i * 37 % 101 / 101,
                     "level": f"l{i}"}
    rows = [row(i) for i in range(5000)]
    yield "5 000 rows × 100 000 times", "/survival/predict", {
        "rows": rows, "formula": "Surv(time, event) ~ x", "time_points": list(range(1, 100001))}
    yield "a factor of 20 000 levels", "/survival/fit", {
        "rows": [row(i) for i in range(20000)], "formula": "Surv(time, event) ~ level"}
    yield "n_lambda 1e9", "/survival/fit", {
        "rows": rows, "formula": "Surv(time, event) ~ x", "regularization": {"alpha": 1, "n_lambda": 10**9}}
    yield "20 000 groups of curves", "/survival/curves", {"rows": [row(i) for i in range(20000)], "group": "level"}
    yield "30 000 items", "/irt/calibrate", {
        "observations": [{"user_id": f"u{i % 900}", "item_id": f"q{i % 30000}", "is_correct": i % 2}
                         for i in range(60000)]}
    yield "8 000 rows in a hierarchy", "/cluster/fit", {
        "rows": [{"a": i % 89, "b": i % 97} for i in range(8000)], "method": "hierarchical", "k": 3}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args()
    with Service(arguments.binary) as service:
        service.post("/irt/score", SCORE)
        idle = service.memory()
        until = time.monotonic() + arguments.seconds
        took, held = [], []
        threads = [threading.Thread(target=scores, args=(service, until, took))]
        threads += [threading.Thread(target=fast, args=(service, until)) for _ in range(4)]
        threads.append(threading.Thread(target=slow, args=(service, until, held)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        busy = service.memory()
        for stream in held:
            stream.close()
        times = sorted(seconds for seconds, _ in took)
        errors = sum(status != 200 for _, status in took)
        print(f"idle {idle:.0f} MiB; after anonymous traffic {busy:.0f} MiB, at most {service.memory('VmHWM'):.0f} MiB")
        print(f"/irt/score beside it: {len(times)} answers, {errors} not 200, median "
              f"{1e3 * statistics.median(times):.1f} ms, p99 {1e3 * times[int(0.99 * len(times))]:.1f} ms")
    for name, path, body in large():
        with Service(arguments.binary) as service:
            service.post("/irt/score", SCORE)
            idle = service.memory()
            began = time.monotonic()
            status, answer = service.post(path, json.dumps(body))
            print(f"{name}: {status} after {time.monotonic() - began:.1f} s, at most "
                  f"{service.memory('VmHWM') - idle:.0f} MiB over idle; {answer[:160].decode(errors='replace')}")


if __name__ == "__main__":
    main()
