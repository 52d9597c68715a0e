#!/usr/bin/env python3
"""Next items of adaptive tests from a bank of 5 000, over HTTP: by sessions that are stored, and with the bank in every
request.

    python3 bench/cat.py target/release/seedtest [--sessions 40] [--answers 25] [--items 5000]

Prints for each rule the median and the 99th percentile as one client sees them, and from the service's own histogram how
many were answered within 1 and 2.5 ms. Needs nothing beyond Python's standard library.
"""

import argparse
import http.client
import json
import math
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "service"))
import processes

PORT = 8797
HEADERS = {"content-type": "application/json", "authorization": f"Bearer {processes.TOKEN}"}
RULES = ("maximum_information", "kullback_leibler", "minimum_expected_posterior_variance")
SESSION, STATELESS = "/cat/sessions/{session_id}/results", "/cat/next"


class Client:
    def __init__(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)

    def post(self, path, text):
        began = time.perf_counter()
        self.connection.request("POST", path, text, HEADERS)
        response = self.connection.getresponse()
        told = response.read()
        took = time.perf_counter() - began
        if response.status not in (200, 201):
            raise RuntimeError(f"{path}: {response.status} {told[:300]}")
        return took, json.loads(told)

    def within(self, route):
        """Requests of the route in all, and within 1 and 2.5 ms."""
        self.connection.request("GET", "/metrics", headers=HEADERS)
        lines = self.connection.getresponse().read().decode().splitlines()
        of_route = [line for line in lines if line.startswith("http_request_duration_seconds_bucket") and f'endpoint="{route}"' in line]
        counts = {line.split('le="')[1].split('"')[0]: int(float(line.split()[-1])) for line in of_route}
        return [counts.get(bound, 0) for bound in ("+Inf", "0.001", "0.0025")]


def bank(items):
    draw = random.Random(3)
    return [{"item_id": f"q{j}", "a": round(math.exp(draw.gauss(0.1, 0.25)), 4), "b": round(draw.gauss(0, 1), 4)} for j in range(items)]


def session(client, items, settings, answers, draw):
    """Seconds of every pick after the first."""
    ability, known = draw.gauss(0, 1), {item["item_id"]: item for item in items}
    body = {"settings": settings, "item_params": items}
    _, told = client.post("/cat/sessions", json.dumps(body))
    path, seconds = f"/cat/sessions/{told['sessionIdentifier']}/results", []
    for _ in range(answers):
        item = known[told["nextItems"]["itemIdentifiers"][0]]
        right = draw.random() < 1 / (1 + math.exp(-item["a"] * (ability - item["b"])))
        took, told = client.post(path, json.dumps({"item_id": item["item_id"], "is_correct": right}))
        seconds.append(took)
    return seconds


def told(name, seconds, before, after):
    n, in_one, in_two = (y - x for x, y in zip(before, after))
    ms = sorted(1e3 * s for s in seconds)
    p99 = ms[math.ceil(0.99 * len(ms)) - 1]
    print(f"{name}: {len(ms)} picks, client median {statistics.median(ms):.2f} ms, p99 {p99:.2f} ms; "
          f"service: {100 * in_one / max(n, 1):.1f} % of {n} within 1 ms, {100 * in_two / max(n, 1):.1f} % within 2.5 ms", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--sessions", type=int, default=40)
    parser.add_argument("--answers", type=int, default=25)
    parser.add_argument("--items", type=int, default=5_000)
    args = parser.parse_args()
    items, draw = bank(args.items), random.Random(4)
    with tempfile.TemporaryDirectory() as folder, processes.ours(args.program, folder, PORT):
        client = Client()
        for rule in RULES:
            settings = {"rule": rule, "se": 0, "max_items": args.answers + 1}
            before, seconds = client.within(SESSION), []
            for _ in range(args.sessions):
                seconds += session(client, items, settings, args.answers, draw)
            told(f"stored, {rule}", seconds, before, client.within(SESSION))
        history = [{"item_id": f"q{j}", "is_correct": j % 2 == 0} for j in range(10)]
        body = json.dumps({"item_params": items, "history": history})
        before = client.within(STATELESS)
        seconds = [client.post(STATELESS, body)[0] for _ in range(args.answers * 4)]
        told(f"stateless, {len(body) // 1000} kB a request", seconds, before, client.within(STATELESS))


if __name__ == "__main__":
    main()
