#!/usr/bin/env python3
"""The KPIs of every student by asking the database several questions per student and per KPI.

python3 bench/kpi_sql_loop.py URL DATE documents|log [STUDENTS]

The stand-in for jobs written that way: plain SQL by the definitions of docs/models/kpi.md, psycopg
with prepared statements, one load of attempts per KPI and window, one upsert per student, one
commit at the end. `documents` asks the view `attempt` over exam documents by the student's UUID,
oldest first, at most 1 000 rows, and for S the documents themselves; `log` asks the table of an
imported log by the student's id. STUDENTS = only the first ones. Prints what it did as JSON.
"""

from __future__ import annotations

import hashlib
import json
import math
import statistics
import sys
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import psycopg

ATTEMPTS = {
    "documents": """SELECT item_id::text, topic_id, correct, NULLIF(response_time_ms, 0), hint_used::int,
        session_id, completed_at FROM attempt
        WHERE student_id = %s AND completed_at >= %s AND completed_at < %s
        ORDER BY completed_at LIMIT 1000""",
    "log": """SELECT item_id, topic_id, correct, NULLIF(response_time_ms, 0), used_hints,
        session_id, completed_at FROM attempt_log
        WHERE user_id = %s AND completed_at >= %s AND completed_at < %s ORDER BY completed_at""",
}
ACTIVITY = {
    "documents": """SELECT max(at), min(at), count(DISTINCT at), count(DISTINCT session_id) FROM (
        SELECT COALESCE(updated_at, created_at) AS at, session_id FROM exam_results
        WHERE user_id = %s AND COALESCE(updated_at, created_at) >= %s
          AND COALESCE(updated_at, created_at) < %s) documents""",
    "log": """SELECT max(completed_at), min(completed_at), count(DISTINCT completed_at),
        count(DISTINCT session_id) FROM attempt_log
        WHERE user_id = %s AND completed_at >= %s AND completed_at < %s""",
}
USERS = {
    "documents": """SELECT DISTINCT user_id FROM exam_results
        WHERE COALESCE(updated_at, created_at) >= %s ORDER BY user_id""",
    "log": "SELECT DISTINCT user_id FROM attempt_log WHERE completed_at >= %s ORDER BY user_id",
}
ABILITY = "SELECT mean, sd FROM ability_estimates WHERE user_id = %s ORDER BY fitted_at DESC LIMIT 1"
UPSERT = """INSERT INTO weekly_kpi (user_id, week_start, kpis) VALUES (%s, %s, %s)
    ON CONFLICT (user_id, week_start) DO UPDATE SET kpis = weekly_kpi.kpis || excluded.kpis"""


@dataclass(frozen=True)
class Attempt:
    item: str
    topic: str | None
    correct: bool | None
    ms: int | None
    hints: int | None
    session: str | None
    at: datetime


def window(as_of: date, days: int, back: int = 0) -> tuple[datetime, datetime]:
    end = datetime.combine(as_of, datetime.min.time(), UTC) + timedelta(days=1 - back)
    return end - timedelta(days=days), end


class Loop:
    def __init__(self, cursor: psycopg.Cursor, source: str, as_of: date) -> None:
        self.cursor, self.source, self.as_of, self.statements = cursor, source, as_of, 0

    def ask(self, sql: str, values: tuple) -> psycopg.Cursor:
        self.statements += 1
        return self.cursor.execute(sql, values)

    def attempts(self, user: str, days: int, back: int = 0) -> list[Attempt]:
        key = student_uuid(user) if self.source == "documents" else user
        rows = self.ask(ATTEMPTS[self.source], (key, *window(self.as_of, days, back)))
        return [Attempt(*row) for row in rows]

    def improvement(self, user: str) -> float | None:
        n, right = score(self.attempts(user, 14))
        n_before, right_before = score(self.attempts(user, 14, 14))
        if n == 0 or n_before == 0:
            return None
        p, before = right / n, right_before / n_before
        penalty = 1 - min(0.5, 1.96 * math.sqrt(p * (1 - p) / n))
        return max(-1.0, min(1.0, (p - before) * min(1.0, n / 30) * penalty))

    def efficiency(self, user: str) -> float | None:
        now = median_time(self.attempts(user, 28))
        before = median_time(self.attempts(user, 28, 28))
        if now is None or before is None:
            return None
        return max(0.0, min(1.0, (before - now) / before))

    def recovery(self, user: str) -> float | None:
        before, recent = self.attempts(user, 28, 28), self.attempts(user, 28)
        wrong = {(attempt.item, attempt.topic) for attempt in before if attempt.correct is False}
        retries = [
            attempt.correct
            for attempt in recent
            if attempt.correct is not None and (attempt.item, attempt.topic) in wrong
        ]
        return sum(retries) / len(retries) if retries else None

    def engagement(self, user: str) -> float | None:
        attempts = self.attempts(user, 28)
        if not attempts:
            return None
        times = sorted({attempt.at for attempt in attempts})
        dwell: dict[str | None, int] = {}
        for attempt in attempts:
            dwell[attempt.session] = dwell.get(attempt.session, 0) + (attempt.ms or 0)
        gap = 0.5
        if len(times) > 1:
            gap = min(1.0, 86400 * (len(times) - 1) / (times[-1] - times[0]).total_seconds())
        hints = [attempt.hints for attempt in attempts if attempt.hints is not None]
        independence = max(0.0, 1 - statistics.fmean(hints) / 3) if hints else 0.5
        timed = [ms for ms in dwell.values() if ms > 0]
        stay = min(1.0, statistics.fmean(timed) / 1000 / 900) if timed else 0.5
        return 0.35 * min(1.0, len(dwell) / 28) + 0.25 * gap + 0.2 * independence + 0.2 * stay

    def churn(self, user: str) -> float | None:
        row = self.ask(ACTIVITY[self.source], (user, *window(self.as_of, 56))).fetchone()
        last, first, times, sessions = row
        if last is None:
            return None
        gap = (last - first).total_seconds() / 86400 / (times - 1) if times > 1 else 0.0
        silent = max(0, (self.as_of - last.date()).days)
        parts = (0.6, silent / 14), (0.25, gap / 7), (0.15, 1 - sessions / 10)
        return sum(weight * max(0.0, min(1.0, part)) for weight, part in parts)

    def goal(self, user: str) -> float | None:
        row = self.ask(ABILITY, (user,)).fetchone()
        if row is None or not row[1]:
            return None
        return 0.5 * math.erfc((0.0 - row[0]) / row[1] / math.sqrt(2))

    def student(self, user: str) -> None:
        kpis = {
            "I_t": self.improvement(user),
            "E_t": self.efficiency(user),
            "R_t": self.recovery(user),
            "A_t": self.engagement(user),
            "P": self.goal(user),
            "S": self.churn(user),
        }
        monday = self.as_of - timedelta(days=self.as_of.weekday())
        self.ask(UPSERT, (user, monday, json.dumps(kpis)))


def student_uuid(user: str) -> uuid.UUID:
    return uuid.UUID(hashlib.md5(user.encode()).hexdigest())


def score(attempts: list[Attempt]) -> tuple[int, int]:
    known = [attempt.correct for attempt in attempts if attempt.correct is not None]
    return len(known), sum(known)


def median_time(attempts: list[Attempt]) -> float | None:
    times = [attempt.ms for attempt in attempts if attempt.correct and attempt.ms]
    return statistics.median(times) if times else None


def main() -> None:
    url, as_of, source = sys.argv[1], date.fromisoformat(sys.argv[2]), sys.argv[3]
    limit = int(sys.argv[4]) if len(sys.argv) > 4 else None
    started = time.perf_counter()
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        loop = Loop(cursor, source, as_of)
        users = [row[0] for row in loop.ask(USERS[source], (window(as_of, 30)[0],))]
        some = users[:limit]
        for user in some:
            loop.student(user)
    seconds = time.perf_counter() - started
    print(json.dumps({"students": len(some), "students_of_all": len(users), "seconds": seconds,
                      "statements": loop.statements}))


if __name__ == "__main__":
    main()
