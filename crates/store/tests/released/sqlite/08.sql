ALTER TABLE features_topic_daily ADD COLUMN student_id TEXT GENERATED ALWAYS AS (user_id) VIRTUAL;
ALTER TABLE features_topic_daily ADD COLUMN acc REAL GENERATED ALWAYS AS (CASE WHEN attempts > 0 THEN CAST(correct AS DOUBLE PRECISION) / attempts END) VIRTUAL;
DROP TABLE seedtest_runs;
CREATE TABLE seedtest_runs (
  run_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('job', 'fit')),
  name TEXT NOT NULL,
  actor TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'written', 'done', 'noop', 'failed', 'cancelled', 'interrupted')),
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
  queued_at TEXT,
  holder INT,
  PRIMARY KEY (run_id)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_seedtest_runs_status ON seedtest_runs (status, holder);
ALTER TABLE seedtest_run_requests ADD COLUMN bytes INT;
CREATE TABLE seedtest_run_results (
  run_id TEXT NOT NULL,
  finished_at TEXT NOT NULL,
  bytes INT NOT NULL,
  result TEXT NOT NULL,
  PRIMARY KEY (run_id)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_seedtest_run_results_newest ON seedtest_run_results (finished_at DESC);
ALTER TABLE seedtest_run_models ADD COLUMN bytes INT;
INSERT INTO seedtest_migrations (version, name) VALUES (8, 'runs that outlive their process; features for old templates');
