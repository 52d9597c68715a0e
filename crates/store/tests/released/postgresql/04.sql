CREATE TABLE seedtest_run_requests (
  run_id text NOT NULL,
  request text NOT NULL,
  PRIMARY KEY (run_id)
);
CREATE TABLE seedtest_run_models (
  run_id text NOT NULL,
  name text NOT NULL,
  started_at timestamptz NOT NULL,
  model jsonb NOT NULL,
  PRIMARY KEY (run_id)
);
CREATE INDEX IF NOT EXISTS ix_seedtest_run_models_newest ON seedtest_run_models (name, started_at DESC);
INSERT INTO seedtest_migrations (version, name) VALUES (4, 'requests and models of runs in tables of their own');
