"""A temporary PostgreSQL server for benchmarks."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

SETTINGS = {
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "maintenance_work_mem": "512MB",
    "listen_addresses": "127.0.0.1",
}


def programs() -> Path:
    """The folder of the newest server programs."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if not versions:
        raise SystemExit("no PostgreSQL server is installed: apt-get install postgresql")
    return versions[-1].parent


def unprivileged() -> list[str]:
    """The server refuses to run as root."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The URL of an empty database `bench` on a server that ends with the block."""
    folder = Path(tempfile.mkdtemp(prefix="seedtest-bench-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data, port, bin_ = folder / "data", free_port(), programs()
    run = unprivileged()
    options = [f"-c{name}={value}" for name, value in SETTINGS.items()]
    init = [bin_ / "initdb", "-D", data, "-U", "seedtest", "--auth=trust", "-E", "UTF8", "--locale=C"]
    subprocess.run([*run, *init], check=True, cwd="/", stdout=subprocess.DEVNULL)
    command = [*run, bin_ / "postgres", "-D", data, "-p", str(port), "-k", folder, *options]
    with subprocess.Popen(command, cwd="/", stderr=subprocess.DEVNULL) as process:
        try:
            wait = [bin_ / "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-t", "30", "-q"]
            while subprocess.run(wait, check=False).returncode != 0:
                if process.poll() is not None:
                    raise SystemExit("the PostgreSQL server did not start")
            create = [bin_ / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "seedtest", "bench"]
            subprocess.run(create, check=True)
            yield f"postgresql://seedtest@127.0.0.1:{port}/bench"
        finally:
            process.terminate()
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)
