"""Writes the Parquet files that tests/ingest/parquet_files.rs reads, with a writer that is not ours.

Written by pyarrow 26.0.1; run in this directory: python3 make_parquet.py
"""

import datetime as dt
import uuid

import pyarrow as pa
import pyarrow.parquet as pq

N = 1_000
START = dt.datetime(2024, 9, 2, tzinfo=dt.timezone.utc)
times = [START + dt.timedelta(seconds=37 * i, microseconds=i) for i in range(N)]
correct = [None if i % 10 == 9 else i % 3 == 0 for i in range(N)]

# Row i: student s(i mod 50), item i mod 7, correct unless i mod 10 = 9, 37 s apart.
attempts = pa.table(
    {
        "student_id": pa.array([f"s{i % 50}" for i in range(N)]).dictionary_encode(),
        "item_id": pa.array([i % 7 for i in range(N)], pa.int64()),
        "is_correct": pa.array(correct, pa.bool_()),
        "completed_at": pa.array(times, pa.timestamp("us", "UTC")),
        "response_time_ms": pa.array([None if i % 4 == 0 else float(100 * i) for i in range(N)]),
        "tags": pa.array([["x", "y"]] * N),
    }
)
pq.write_table(attempts, "attempts.parquet", compression="zstd", row_group_size=300)

# The same instant and id in every type that a column may have.
at = START + dt.timedelta(milliseconds=1500)
student = uuid.UUID("12345678-9abc-def0-1234-56789abcdef0")
types = {
    "item_u64": pa.array([2**64 - 1], pa.uint64()),
    "item_i32": pa.array([-7], pa.int32()),
    "item_f64": pa.array([12.0], pa.float64()),
    "correct_i8": pa.array([1], pa.int8()),
    "correct_f32": pa.array([1.0], pa.float32()),
    "correct_text": pa.array(["yes"]),
    "at_ms": pa.array([at], pa.timestamp("ms")),
    "at_ns": pa.array([at], pa.timestamp("ns", "UTC")),
    "at_date": pa.array([at.date()], pa.date32()),
    "at_text": pa.array(["2024-09-02T09:00:01.5+09:00"]),
    "student_uuid": pa.array([student.bytes], pa.binary(16)).cast(pa.uuid()),
    "struct": pa.array([{"a": 1}]),
    "decimal": pa.array(["1.5"]).cast(pa.decimal128(5, 2)),
}
pq.write_table(pa.table(types), "types.parquet", compression="snappy")

legacy = pa.table({"student_id": ["a"], "item_id": ["q"], "correct": [0], "time": [at.replace(tzinfo=None)]})
pq.write_table(legacy, "int96.parquet", use_deprecated_int96_timestamps=True, version="1.0", compression="gzip")
