"""What one would write without us: `python3 sqlite_import.py FILE DATABASE`.

csv and sqlite3 of the standard library, one transaction, and a key that makes importing the same
file twice change nothing. Times stay text; nothing is checked.
"""

from __future__ import annotations

import csv
import sqlite3
import sys

SCHEMA = """
CREATE TABLE attempt (
    student_id TEXT, item_id TEXT, topic_id TEXT, correct INTEGER, completed_at TEXT,
    session_id TEXT,
    PRIMARY KEY (student_id, item_id, completed_at, topic_id)
)
"""


def main() -> None:
    path, database = sys.argv[1:]
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(SCHEMA)
    with open(path, newline="") as file, connection:
        rows = csv.reader(file)
        next(rows)
        connection.executemany("INSERT OR IGNORE INTO attempt VALUES (?, ?, ?, ?, ?, ?)", rows)


if __name__ == "__main__":
    main()
