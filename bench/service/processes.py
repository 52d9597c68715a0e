"""Both services as processes: start, memory, end."""

import http.client
import os
import pathlib
import subprocess
import time

TOKEN = "bench"
R_SERVICES = pathlib.Path(__file__).parent.parent / "r_services"


class Service:
    """A running service. `start_ms` is the time from starting the process to the first answer of
    `/healthz`."""

    def __init__(self, command, port, environment=None, cwd=None, limit_seconds=300):
        self.port = port
        began = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not self._answers():
            if self.process.poll() is not None or time.perf_counter() - began > limit_seconds:
                self.stop()
                raise RuntimeError(f"{command[0]} does not answer on port {port}")
            time.sleep(0.001)
        self.start_ms = (time.perf_counter() - began) * 1e3

    def _answers(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def resident_mb(self):
        with open(f"/proc/{self.process.pid}/status") as lines:
            kb = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
        return kb / 1024

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def ours(binary, folder, port, cpu=None):
    """`seedtest serve` as it is by default, log lines included, on a fresh database."""
    command = [os.path.abspath(binary), "--data-dir", folder, "serve", "--bind", f"127.0.0.1:{port}"]
    if cpu is not None:
        command = ["taskset", "-c", str(cpu), *command]
    return Service(command, port, {"INTERNAL_TOKEN": TOKEN})


def theirs(routes, port, models):
    """A plumber service of `bench/r_services`; compiled Stan models are kept in `models`."""
    cores = str(os.cpu_count())
    environment = {"MODEL_DIR": models, "CHAIN_CORES": cores}
    return Service(["Rscript", "serve.R", f"{routes}.R", str(port)], port, environment, R_SERVICES)
