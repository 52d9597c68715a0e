CREATE TABLE seedtest_runs (
  run_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('job', 'fit')),
  name TEXT NOT NULL,
  actor TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'written', 'done', 'noop', 'failed', 'cancelled')),
  program_version TEXT NOT NULL,
  spec TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(spec)),
  seed INT,
  input_digest TEXT,
  result_digest TEXT,
  verdict TEXT CHECK (json_valid(verdict)),
  rows_written INT,
  seconds REAL,
  error TEXT,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  PRIMARY KEY (run_id)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_seedtest_runs_started ON seedtest_runs (started_at DESC);
CREATE TABLE seedtest_outbox (
  event_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(payload)),
  status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'done', 'dead')),
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at TEXT NOT NULL,
  leased_until TEXT,
  leased_by TEXT,
  last_error TEXT,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  finished_at TEXT,
  PRIMARY KEY (event_id)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_seedtest_outbox_due ON seedtest_outbox (status, due_at);
INSERT INTO seedtest_migrations (version, name) VALUES (2, 'runs and events');
