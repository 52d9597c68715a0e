#!/usr/bin/env python3
"""Memory and latency of the service under traffic it has to bear: `python3 bench/abuse.py target/release/seedtest`.

Starts the service on a free port of this machine and prints: memory and size of the database while 200 clients send
requests of every kind for ten minutes, and what they are answered; memory when idle, after anonymous traffic
(methods that are made up, files, slow readers, slow senders), the largest memory of single requests that are too
large, and the latency of `/irt/score` beside all of it. Every figure that has a bound is told with it in a line that
begins with `must`; the exit code is 1 where one is missed. Takes about thirteen minutes, whatever happens. Nothing beyond
the standard library.
"""

import argparse
import http.client
import itertools
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

TOKEN = "a token of this benchmark"
# What may go wrong between a client and a service that is busy or has ended.
GONE = (OSError, http.client.HTTPException)
# Bounds: memory of mixed traffic and how much it may still grow, of a single request and of anonymous traffic over idle
# (MiB), and the latency beside it (ms).
MIXED_MIB, MIXED_GROWTH, SINGLE_MIB, ANONYMOUS_MIB, BESIDE_MS = 200, 1.1, 512, 100, 50
missed = []


def must(what, figure, bound, holds):
    """Tells a figure beside its bound."""
    if not holds:
        missed.append(what)
    print(f"must  {what}: {figure} (must {bound}){'' if holds else '  MISSED'}", flush=True)


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
        line = self.child.stdout.readline().strip()
        if "/" not in line:
            sys.exit(f"{binary} does not serve: {line!r}, exit code {self.child.poll()}")
        self.host, port = line.rsplit("/", 1)[1].split(":")
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
        try:
            connection.request("POST", "/irt/score", SCORE, headers)
            answer = connection.getresponse()
            answer.read()
            status = answer.status
        except GONE as error:
            connection.close()
            status = type(error).__name__
        took.append((time.perf_counter() - began, status))
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
        "observations": [{"user_id": f"u{i % 900}", "item_id": f"q{i % 30000}", "is_correct": (i + i // 30000) % 2}
                         for i in range(60000)]}
    yield "8 000 rows in a hierarchy", "/cluster/fit", {
        "rows": [{"a": i * 37 % 89 / 7, "b": i * 53 % 97 / 11 + i % 3} for i in range(8000)], "method": "hierarchical", "k": 3}


def exchanges(service):
    """What callers of every kind send, one after the other, without end."""
    responses = [[(s * 7 + q * 3) % 5 > 1 and 1 or 0 for q in range(12)] for s in range(40)]
    growth = [{"student": f"s{n % 20}", "week": n // 20, "score": round(0.1 * (n % 7) + 0.02 * (n // 20), 3)}
              for n in range(120)]
    survival = [{"student": f"s{n}", "time": 1 + n * 7 % 40, "event": int(n % 3 == 0), "x": n * 37 % 101 / 101}
                for n in range(150)]
    progress = [{"student": f"s{n % 25}", "week": n // 25, "topic": f"t{n % 3}", "y": (n * 7 % 11) / 11}
                for n in range(200)]
    series = [{"ds": f"2024-{1 + n // 28:02}-{1 + n % 28:02}", "y": n % 7 + 0.01 * n} for n in range(140)]
    points = [{"student": f"s{n}", "a": n % 9 + (n % 3) * 20, "b": n * 7 % 13} for n in range(120)]
    post = lambda path, body: ("POST", path, json.dumps(body))
    asked = [
        post("/irt/calibrate", {"responses": responses, "model": "2PL", "priors": "weak"}),
        post("/growth/fit", {"rows": growth, "target_score": 0.5, "n_samples": 200, "n_warmup": 200}),
        post("/survival/fit", {"rows": survival, "formula": "Surv(time, event) ~ x"}),
        post("/survival/curves", {"rows": survival}),
        post("/lmm/fit", {"rows": progress, "formula": "y ~ week + (1 | student)"}),
        post("/prophet/fit", {"rows": series, "periods": 7}),
        post("/cluster/fit", {"rows": points, "k": 3}),
        post("/v1/runs?model=irt", {"responses": responses}),
        post("/v1/runs?job=compute-daily-kpis", {"dry-run": True}),
        post("/survival/predict", {"run_id": "latest", "rows_to_predict": survival[:5]}),
        ("GET", "/v1/runs?limit=50", None), ("GET", "/metrics", None), ("GET", "/readyz", None),
        ("GET", "/openapi.json", None), ("GET", "/docs/", None), ("GET", "/v1/events", None),
        # What is wrong, missing or not allowed.
        ("GET", "/no/such/route", None), ("BREW", "/healthz", None), ("POST", "/irt/score", "not json"),
        post("/growth/fit", {}), post("/survival/fit", {"rows": survival, "formula": "~~"}),
    ]
    for n in range(10**9):
        yield post("/v1/events", {"kind": "session_finished", "user_id": f"u{n % 500}", "key": f"{n}"})
        yield "POST", "/irt/score", SCORE
        yield asked[n % len(asked)]


def client(service, until, pause, found):
    """One of many, on one connection as long as that holds."""
    connection, rng = None, random.Random(threading.get_ident())
    for method, path, body in itertools.islice(exchanges(service), rng.randrange(60), None):
        if time.monotonic() > until:
            return
        headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
        try:
            connection = connection or http.client.HTTPConnection(service.host, service.port, timeout=120)
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
            found[answer.status] = found.get(answer.status, 0) + 1
            if answer.status >= 500:
                found.setdefault("faults", []).append((answer.status, path, text[:200].decode(errors="replace")))
        except GONE as error:
            found[type(error).__name__] = found.get(type(error).__name__, 0) + 1
            connection = None
        time.sleep(rng.uniform(0.5, 1.5) * pause)


def mixed(service, seconds, clients):
    """Traffic of every kind by many clients at once; a line a minute, then what must hold."""
    began, found = time.monotonic(), [{} for _ in range(clients)]
    until = began + seconds
    samples = []
    threads = [threading.Thread(target=client, args=(service, until, 0.02 * clients, own)) for own in found]
    for thread in threads:
        thread.start()
    while time.monotonic() < until:
        time.sleep(min(5, seconds / 20, max(until - time.monotonic(), 0.1)))
        samples.append((time.monotonic() - began, service.memory(), database(service)))
        if len(samples) == 1 or samples[-1][0] // 60 > samples[-2][0] // 60:
            print("  after {:4.0f} s: {:.0f} MiB, database {:.1f} MiB".format(*samples[-1]), flush=True)
    # A client may still wait for its last answer, and gives up after two minutes.
    for thread in threads:
        thread.join(150)
    statuses = {}
    for own in found:
        for status, times in own.items():
            if status != "faults":
                statuses[status] = statuses.get(status, 0) + times
    faults = [fault for own in found for fault in own.get("faults", [])]
    print(f"  answers by status: {dict(sorted(statuses.items(), key=str))}; at most {service.memory('VmHWM'):.0f} MiB")
    for fault in faults[:10]:
        print("  ", *fault)
    most = service.memory("VmHWM")
    must("memory of mixed traffic", f"{most:.0f} MiB", f"≤ {MIXED_MIB} MiB", most <= MIXED_MIB)
    third = len(samples) // 3
    middle, last = (statistics.median(part[1] for part in of) for of in (samples[third:-third], samples[-third:]))
    must("memory is flat", f"median {middle:.0f} MiB in the middle third, {last:.0f} in the last",
         f"≤ {MIXED_GROWTH} times", last <= MIXED_GROWTH * middle)
    served = sum(times for status, times in statuses.items() if isinstance(status, int))
    must("faults of the service", f"{len(faults)} of {served} answers are 5xx", "0", not faults)
    gone = sum(times for status, times in statuses.items() if not isinstance(status, int))
    must("connections that broke", gone, "0", gone == 0)
    (first, _, small), (end, _, large_) = samples[0], samples[-1]
    grows = (large_ - small) / max((end - first) / 60, 1e-9)
    # What is kept is bounded by age and number, see docs/security.md; ten minutes do not reach either.
    print(f"      the database grew by {grows:.1f} MiB a minute, {2**20 * grows / max(served / (seconds / 60), 1):.0f} "
          f"bytes an answer", flush=True)


def database(service):
    """MiB of the files of a service; one may go while they are counted."""
    size = 0
    for at, _, files in os.walk(service.dir.name):
        for file in files:
            try:
                size += os.path.getsize(os.path.join(at, file))
            except FileNotFoundError:
                pass
    return size / 2**20


def anonymous(binary, seconds):
    """Memory after traffic without a token, and the latency of scores beside it."""
    with Service(binary) as service:
        service.post("/irt/score", SCORE)
        idle = service.memory()
        until = time.monotonic() + seconds
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
        p99 = 1e3 * times[int(0.99 * len(times))]
        over = busy - idle
        must("memory after anonymous traffic", f"{over:.0f} MiB over idle", f"≤ {ANONYMOUS_MIB} MiB", over <= ANONYMOUS_MIB)
        must("/irt/score beside it", f"{len(times)} answers, {errors} not 200, median "
             f"{1e3 * statistics.median(times):.1f} ms, p99 {p99:.1f} ms", f"p99 ≤ {BESIDE_MS} ms, all 200",
             p99 <= BESIDE_MS and errors == 0)


def single(binary):
    """The largest memory of each request that is too large, by a service of its own."""
    for name, path, body in large():
        with Service(binary) as service:
            service.post("/irt/score", SCORE)
            idle = service.memory()
            began = time.monotonic()
            try:
                status, answer = service.post(path, json.dumps(body))
            except GONE as error:
                status, answer = type(error).__name__, b""
            most = service.memory("VmHWM") - idle
            must(name, f"{status} after {time.monotonic() - began:.1f} s, {most:.0f} MiB over idle",
                 f"≤ {SINGLE_MIB} MiB, and an answer", isinstance(status, int) and status < 500 and most <= SINGLE_MIB)
            print(f"      {answer[:160].decode(errors='replace')}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("--part", choices=["mixed", "anonymous", "single"], help="only that; all of them where nothing is said")
    parser.add_argument("--seconds", type=float, default=60, help="of anonymous traffic")
    parser.add_argument("--mixed-seconds", type=float, default=600, help="of mixed traffic")
    parser.add_argument("--clients", type=int, default=200, help="of mixed traffic")
    arguments = parser.parse_args()
    if arguments.part in (None, "mixed"):
        with Service(arguments.binary) as service:
            service.post("/irt/score", SCORE)
            print(f"mixed traffic of {arguments.clients} clients: idle {service.memory():.0f} MiB", flush=True)
            mixed(service, arguments.mixed_seconds, arguments.clients)
    if arguments.part in (None, "anonymous"):
        anonymous(arguments.binary, arguments.seconds)
    if arguments.part in (None, "single"):
        single(arguments.binary)
    print(f"missed: {', '.join(missed)}" if missed else "all hold", flush=True)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
