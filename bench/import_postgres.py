"""Import of a response log into PostgreSQL, beside what one would write without us.

    cargo build --release
    python3 bench/import_postgres.py [--rows 1000000] [--binary target/release/seedtest] [--repeat 3]

Ours: `seedtest import FILE` into a migrated, empty database, then the same file again. The peer: `psql`'s `\\copy` of the
same file into a temporary table, then one `INSERT … ON CONFLICT DO NOTHING` into a table with a key against double import;
no checks, no list of refused rows, no ledger. Both on a server of their own with its defaults for durability.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import random
import subprocess
import tempfile
import time

import postgres

HERE = pathlib.Path(__file__).parent
PEER = """
CREATE TABLE IF NOT EXISTS peer (student_id text, item_id text, topic_id text, correct boolean, completed_at timestamptz,
  session_id text, PRIMARY KEY (student_id, item_id, completed_at, topic_id));
BEGIN;
CREATE TEMPORARY TABLE staging (student_id text, item_id text, topic_id text, correct integer, completed_at timestamptz,
  session_id text) ON COMMIT DROP;
\\copy staging FROM '{path}' (FORMAT csv, HEADER)
INSERT INTO peer SELECT student_id, item_id, topic_id, correct = 1, completed_at, session_id FROM staging
  ON CONFLICT DO NOTHING;
COMMIT;
"""


def write(path: pathlib.Path, rows: int) -> None:
    """A log as a tutoring system writes it: sittings of ten, in the order of time."""
    draw = random.Random(1)
    begin = 1_700_000_000
    with path.open("w") as file:
        file.write("student_id,item_id,topic_id,correct,completed_at,session_id\n")
        for row in range(rows):
            student, item = row // 10 % 20_000, draw.randrange(5_000)
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begin + row))
            file.write(f"student-{student:05},{item},topic {item % 110},{draw.randrange(2)},{at},s{row // 10}\n")


def timed(command: list[str], **options: object) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)
    return time.perf_counter() - start


def psql(url: str, script: str) -> float:
    return timed(["psql", "-q", "-v", "ON_ERROR_STOP=1", url], input=script.encode())


def measured(binary: str, path: pathlib.Path, rows: int, scratch: str) -> dict[str, float]:
    with postgres.server() as url:
        environment = {"DATABASE_URL": url, "PATH": os.environ["PATH"]}
        common = {"env": environment, "cwd": scratch}
        subprocess.run([binary, "migrate"], check=True, stdout=subprocess.DEVNULL, **common)
        ours = timed([binary, "-q", "import", str(path)], **common)
        again = timed([binary, "-q", "import", str(path)], **common)
        peer = psql(url, PEER.format(path=path))
        count = "SELECT (SELECT count(*) FROM attempt_log) || ' ' || (SELECT count(*) FROM peer)"
        found = subprocess.run(["psql", "-At", url, "-c", count], check=True, capture_output=True, text=True)
        assert found.stdout.split() == [str(rows), str(rows)], found.stdout
    return {"ours": rows / ours, "ours again": rows / again, "peer": rows / peer}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--binary", default=str(HERE.parent / "target/release/seedtest"))
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    print(f"load at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    runs = []
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "responses.csv"
        write(path, options.rows)
        path.chmod(0o644)
        os.chmod(scratch, 0o755)
        for _ in range(options.repeat):
            runs.append(measured(options.binary, path, options.rows, scratch))
            print(json.dumps({name: round(value) for name, value in runs[-1].items()}))
    middle = {name: sorted(run[name] for run in runs)[len(runs) // 2] for name in runs[0]}
    print(f"rows/s: ours {middle['ours']:,.0f}, again {middle['ours again']:,.0f}, "
          f"peer {middle['peer']:,.0f}; ours/peer {middle['ours'] / middle['peer']:.2f}")


if __name__ == "__main__":
    main()
