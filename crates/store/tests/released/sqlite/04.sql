CREATE TABLE seedtest_run_requests (
  run_id TEXT NOT NULL,
  request TEXT NOT NULL,
  PRIMARY KEY (run_id)
) STRICT;
CREATE TABLE seedtest_run_models (
  run_id TEXT NOT NULL,
  name TEXT NOT NULL,
  started_at TEXT NOT NULL,
  model TEXT NOT NULL CHECK (json_valid(model)),
  PRIMARY KEY (run_id)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_seedtest_run_models_newest ON seedtest_run_models (name, started_at DESC);
INSERT INTO seedtest_migrations (version, name) VALUES (4, 'requests and models of runs in tables of their own');
