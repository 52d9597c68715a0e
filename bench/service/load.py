"""Clients: one that takes times, many that put the service under load."""

import http.client
import json
import pathlib
import re
import subprocess
import tempfile
import threading
import time

from processes import TOKEN

HEADERS = {"content-type": "application/json", "authorization": f"Bearer {TOKEN}"}
SCRIPT = pathlib.Path(__file__).parent / "post.lua"


class Client:
    """One connection that is kept open, made again where the service closed it for being idle."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)

    def post(self, path, text):
        """Seconds, status and body of one request."""
        try:
            return self._post(path, text)
        except ConnectionError:
            self.connection.close()
            return self._post(path, text)

    def _post(self, path, text):
        began = time.perf_counter()
        self.connection.request("POST", path, text, HEADERS)
        response = self.connection.getresponse()
        body = response.read()
        return time.perf_counter() - began, response.status, body

    def seconds(self, path, text):
        seconds, status, body = self.post(path, text)
        if status != 200 or json.loads(body)["status"] != "success":
            raise RuntimeError(f"{path}: {status} {body[:300]}")
        return seconds


def wrk(port, path, body, connections, seconds, cpu=None, pause_ms=0):
    """Requests one after the other on each of `connections`, by wrk with one thread."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(body, file)
        file.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s"]
        command += ["-s", str(SCRIPT), f"http://127.0.0.1:{port}{path}", "--", file.name, TOKEN, str(pause_ms)]
        if cpu is not None:
            command = ["taskset", "-c", str(cpu), *command]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


class Fits:
    """Clients that fit models, one request after the other, the bodies in turn."""

    def __init__(self, port, bodies, clients):
        self.port, self.bodies = port, [(path, json.dumps(body)) for path, body in bodies]
        self.times = {path: [] for path, _ in bodies}
        self.statuses, self.lock = {}, threading.Lock()
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._work, args=(n,)) for n in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def _work(self, number):
        client = Client(self.port)
        while not self.over.is_set():
            path, text = self.bodies[number % len(self.bodies)]
            number += 1
            try:
                seconds, status, _ = client.post(path, text)
            except (OSError, http.client.HTTPException) as error:
                seconds, status = None, type(error).__name__
                client = Client(self.port)
            with self.lock:
                self.statuses[str(status)] = self.statuses.get(str(status), 0) + 1
                if status == 200:
                    self.times[path].append(seconds)
            if status == 429:
                self.over.wait(1)


def statuses(port, route):
    """Responses of the service by status, as its own counters have them."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    found = {}
    for line in text.splitlines():
        if line.startswith("http_requests_total{") and f'endpoint="{route}"' in line:
            status = re.search(r'status="(\d+)"', line).group(1)
            found[status] = found.get(status, 0) + int(float(line.split()[-1]))
    return found
