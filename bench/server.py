#!/usr/bin/env python3
"""Measures `seedtest serve`: cold start, idle memory, scores alone, scores while fits run.

    cargo build --release
    python3 bench/server.py [--seconds 10] [--clients 16] [--mixed 200] [--serve-cpu 0]

Python 3.11 or newer, nothing beyond its standard library. The clients are processes that speak
HTTP over raw sockets, one request at a time each; on a machine of few cores they take time from the
service, so the throughput is a lower bound. `--serve-cpu` pins the service to one core. Results go
to standard output as JSON with the load of the machine at the start.
"""

import argparse
import json
import multiprocessing
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

TOKEN = "bench"


def serve(binary, folder, port, cpu):
    command = [binary, "--quiet", "--data-dir", folder, "serve", "--bind", f"127.0.0.1:{port}"]
    if cpu is not None:
        command = ["taskset", "-c", str(cpu), *command]
    environment = {**os.environ, "INTERNAL_TOKEN": TOKEN, "RUST_LOG": "error"}
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    process.stdout.readline()
    urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz").read()
    return process, (time.perf_counter() - began) * 1e3


def resident_mb(pid):
    with open(f"/proc/{pid}/status") as lines:
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def request(path, body):
    text = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {TOKEN}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(text)}\r\n\r\n"
    )
    return head.encode() + text


def score_request():
    draw = random.Random(7)
    items = {f"q{i}": {"a": draw.uniform(0.6, 2), "b": draw.gauss(0, 1)} for i in range(40)}
    answers = [{"item_id": item, "is_correct": draw.random() < 0.6} for item in items]
    return request("/irt/score", {"item_params": items, "responses": answers})


def fit_request():
    draw = random.Random(8)
    rows = []
    for student in range(500):
        theta = draw.gauss(0, 1)
        for item in range(20):
            right = draw.random() < 1 / (1 + 2.718281828 ** -(theta - (item - 10) / 6))
            rows.append({"user_id": f"u{student}", "item_id": f"q{item}", "is_correct": right})
    return request("/irt/calibrate", {"observations": rows, "priors": "weak"})


def one(connection, raw):
    """Sends one request; its status, after the whole answer has been read."""
    connection.sendall(raw)
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, rest = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length")
    )
    while len(rest) < length:
        rest += connection.recv(65536)
    return int(head.split(b" ", 2)[1])


def client(port, raw, until, results):
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    times, statuses = [], {}
    while time.time() < until:
        began = time.perf_counter()
        try:
            status = one(connection, raw)
        except (OSError, StopIteration):
            status = 0
            connection.close()
            connection = socket.create_connection(("127.0.0.1", port))
        times.append(time.perf_counter() - began)
        statuses[status] = statuses.get(status, 0) + 1
    results.put((times, statuses))


def load(port, groups, seconds):
    """Runs groups of (name, clients, request); requests a second and latencies by name."""
    answer, until = {}, time.time() + seconds
    started = []
    for name, clients, raw in groups:
        queue = multiprocessing.Queue()
        for _ in range(clients):
            worker = multiprocessing.Process(target=client, args=(port, raw, until, queue))
            worker.start()
            started.append(worker)
        answer[name] = (clients, queue)
    report = {}
    for name, (clients, queue) in answer.items():
        times, statuses = [], {}
        for _ in range(clients):
            mine, counts = queue.get()
            times.extend(mine)
            for status, n in counts.items():
                statuses[status] = statuses.get(status, 0) + n
        times.sort()
        at = lambda share: round(times[min(int(len(times) * share), len(times) - 1)] * 1e3, 2)
        report[name] = {
            "clients": clients,
            "per_second": round(len(times) / seconds, 1),
            "p50_ms": at(0.5),
            "p99_ms": at(0.99),
            "statuses": statuses,
        }
    for worker in started:
        worker.join()
    return report


def main():
    parse = argparse.ArgumentParser()
    parse.add_argument("--binary", default="target/release/seedtest")
    parse.add_argument("--seconds", type=float, default=10)
    parse.add_argument("--clients", type=int, default=16)
    parse.add_argument("--mixed", type=int, default=200)
    parse.add_argument("--serve-cpu", type=int)
    parse.add_argument("--port", type=int, default=8799)
    args = parse.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = {"load_at_start": os.getloadavg()[0], "cores": os.cpu_count(), "starts_ms": []}
        for _ in range(3):
            process, start = serve(args.binary, folder, args.port, args.serve_cpu)
            result["starts_ms"].append(round(start, 1))
            result["idle_mb"] = round(resident_mb(process.pid), 1)
            process.send_signal(signal.SIGTERM)
            process.wait()
        process, _ = serve(args.binary, folder, args.port, args.serve_cpu)
        try:
            scores = [("score", args.clients, score_request())]
            result["scores_alone"] = load(args.port, scores, args.seconds)
            fits = max(args.mixed // 20, 1)
            mixed = [
                ("score", args.mixed - fits, score_request()),
                ("fit", fits, fit_request()),
            ]
            result["mixed"] = load(args.port, mixed, args.seconds)
            result["after_mb"] = round(resident_mb(process.pid), 1)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
