CREATE TABLE seedtest_runs (
  run_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('job', 'fit')),
  name text NOT NULL,
  actor text NOT NULL,
  status text NOT NULL CHECK (status IN ('running', 'written', 'done', 'noop', 'failed', 'cancelled')),
  program_version text NOT NULL,
  spec jsonb NOT NULL DEFAULT '{}',
  seed bigint,
  input_digest text,
  result_digest text,
  verdict jsonb,
  rows_written bigint,
  seconds double precision,
  error text,
  started_at timestamptz NOT NULL,
  finished_at timestamptz,
  PRIMARY KEY (run_id)
);
CREATE INDEX IF NOT EXISTS ix_seedtest_runs_started ON seedtest_runs (started_at DESC);
CREATE TABLE seedtest_outbox (
  event_id text NOT NULL,
  kind text NOT NULL,
  payload jsonb NOT NULL DEFAULT '{}',
  status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'done', 'dead')),
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL,
  leased_until timestamptz,
  leased_by text,
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  PRIMARY KEY (event_id)
);
CREATE INDEX IF NOT EXISTS ix_seedtest_outbox_due ON seedtest_outbox (status, due_at);
INSERT INTO seedtest_migrations (version, name) VALUES (2, 'runs and events');
