#!/usr/bin/env python3
"""The KPIs of every student by asking the database several questions per student and per KPI.

python3 bench/kpi_sql_loop.py URL DATE

The stand-in for jobs written that way: plain SQL by the definitions of docs/models/kpi.md, psycopg
with prepared statements, one upsert per student, one commit at the end. Prints its seconds as JSON.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import time
from datetime import UTC, date, datetime, timedelta

import psycopg

LOG = "FROM attempt_event WHERE user_id = %s AND completed_at >= %s AND completed_at < %s"


def window(as_of: date, days: int, back: int = 0) -> tuple[datetime, datetime]:
    end = datetime.combine(as_of, datetime.min.time(), UTC) + timedelta(days=1 - back)
    return end - timedelta(days=days), end


def score(cursor: psycopg.Cursor, user: str, span: tuple) -> tuple[int, int]:
    sql = f"SELECT count(correct), count(*) FILTER (WHERE correct) {LOG}"
    return cursor.execute(sql, (user, *span)).fetchone()


def improvement(cursor: psycopg.Cursor, user: str, as_of: date) -> float | None:
    n, right = score(cursor, user, window(as_of, 14))
    n_before, right_before = score(cursor, user, window(as_of, 14, 14))
    if n == 0 or n_before == 0:
        return None
    p, before = right / n, right_before / n_before
    penalty = 1 - min(0.5, 1.96 * math.sqrt(p * (1 - p) / n))
    return max(-1.0, min(1.0, (p - before) * min(1.0, n / 30) * penalty))


def median_time(cursor: psycopg.Cursor, user: str, span: tuple) -> float | None:
    sql = f"SELECT response_time_ms {LOG} AND correct AND response_time_ms > 0"
    times = [row[0] for row in cursor.execute(sql, (user, *span))]
    return statistics.median(times) if times else None


def efficiency(cursor: psycopg.Cursor, user: str, as_of: date) -> float | None:
    now = median_time(cursor, user, window(as_of, 28))
    before = median_time(cursor, user, window(as_of, 28, 28))
    if now is None or before is None:
        return None
    return max(0.0, min(1.0, (before - now) / before))


def recovery(cursor: psycopg.Cursor, user: str, as_of: date) -> float | None:
    sql = f"SELECT DISTINCT item_id, topic_id {LOG} AND NOT correct"
    wrong = set(cursor.execute(sql, (user, *window(as_of, 28, 28))))
    sql = f"SELECT item_id, topic_id, correct {LOG} AND correct IS NOT NULL"
    rows = cursor.execute(sql, (user, *window(as_of, 28)))
    retries = [right for item, topic, right in rows if (item, topic) in wrong]
    return sum(retries) / len(retries) if retries else None


def engagement(cursor: psycopg.Cursor, user: str, as_of: date) -> float | None:
    sql = f"SELECT session_id, completed_at, used_hints, response_time_ms {LOG} ORDER BY completed_at"
    rows = cursor.execute(sql, (user, *window(as_of, 28))).fetchall()
    if not rows:
        return None
    times = sorted({row[1] for row in rows})
    dwell: dict[str | None, int] = {}
    for session, _, _, ms in rows:
        dwell[session] = dwell.get(session, 0) + (ms or 0)
    gap = 0.5
    if len(times) > 1:
        mean = (times[-1] - times[0]).total_seconds() / 86400 / (len(times) - 1)
        gap = min(1.0, 1 / mean)
    hints = [row[2] for row in rows if row[2] is not None]
    independence = max(0.0, 1 - statistics.fmean(hints) / 3) if hints else 0.5
    timed = [ms for ms in dwell.values() if ms > 0]
    stay = min(1.0, statistics.fmean(timed) / 1000 / 900) if timed else 0.5
    return 0.35 * min(1.0, len(dwell) / 28) + 0.25 * gap + 0.2 * independence + 0.2 * stay


def churn(cursor: psycopg.Cursor, user: str, as_of: date) -> float | None:
    sql = f"""SELECT max(completed_at), min(completed_at), count(DISTINCT completed_at),
              count(DISTINCT session_id) {LOG}"""
    last, first, times, sessions = cursor.execute(sql, (user, *window(as_of, 56))).fetchone()
    if last is None:
        return None
    gap = (last - first).total_seconds() / 86400 / (times - 1) if times > 1 else 0.0
    silent = max(0, (as_of - last.date()).days)
    parts = (0.6, silent / 14), (0.25, gap / 7), (0.15, 1 - sessions / 10)
    return sum(weight * max(0.0, min(1.0, part)) for weight, part in parts)


def goal(cursor: psycopg.Cursor, user: str) -> float | None:
    sql = "SELECT mean, sd FROM ability_estimates WHERE user_id = %s ORDER BY fitted_at DESC LIMIT 1"
    row = cursor.execute(sql, (user,)).fetchone()
    if row is None or not row[1]:
        return None
    return 0.5 * math.erfc((0.0 - row[0]) / row[1] / math.sqrt(2))


def main() -> None:
    url, as_of = sys.argv[1], date.fromisoformat(sys.argv[2])
    monday = as_of - timedelta(days=as_of.weekday())
    started = time.perf_counter()
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        sql = "SELECT DISTINCT user_id FROM attempt_event WHERE completed_at >= %s"
        users = [row[0] for row in cursor.execute(sql, (window(as_of, 30)[0],))]
        for user in users:
            kpis = {
                "I_t": improvement(cursor, user, as_of),
                "E_t": efficiency(cursor, user, as_of),
                "R_t": recovery(cursor, user, as_of),
                "A_t": engagement(cursor, user, as_of),
                "P": goal(cursor, user),
                "S": churn(cursor, user, as_of),
            }
            cursor.execute(
                """INSERT INTO weekly_kpi (user_id, week_start, kpis) VALUES (%s, %s, %s)
                   ON CONFLICT (user_id, week_start) DO UPDATE SET kpis = weekly_kpi.kpis || excluded.kpis""",
                (user, monday, json.dumps(kpis)),
            )
    print(json.dumps({"students": len(users), "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
