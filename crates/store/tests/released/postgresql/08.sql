ALTER TABLE features_topic_daily ADD COLUMN student_id text GENERATED ALWAYS AS (user_id) STORED;
ALTER TABLE features_topic_daily ADD COLUMN acc double precision GENERATED ALWAYS AS (CASE WHEN attempts > 0 THEN CAST(correct AS DOUBLE PRECISION) / attempts END) STORED;
ALTER TABLE seedtest_runs ADD COLUMN queued_at timestamptz;
ALTER TABLE seedtest_runs ADD COLUMN holder bigint;
ALTER TABLE seedtest_runs DROP CONSTRAINT seedtest_runs_status_check,
  ADD CONSTRAINT seedtest_runs_status_check CHECK (status IN ('queued', 'running', 'written', 'done', 'noop', 'failed',
    'cancelled', 'interrupted'));
CREATE INDEX IF NOT EXISTS ix_seedtest_runs_status ON seedtest_runs (status, holder);
ALTER TABLE seedtest_run_requests ADD COLUMN bytes bigint;
CREATE TABLE seedtest_run_results (
  run_id text NOT NULL,
  finished_at timestamptz NOT NULL,
  bytes bigint NOT NULL,
  result text NOT NULL,
  PRIMARY KEY (run_id)
);
CREATE INDEX IF NOT EXISTS ix_seedtest_run_results_newest ON seedtest_run_results (finished_at DESC);
ALTER TABLE seedtest_run_models ADD COLUMN bytes bigint;
INSERT INTO seedtest_migrations (version, name) VALUES (8, 'runs that outlive their process; features for old templates');
