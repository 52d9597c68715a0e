CREATE TABLE seedtest_schedule (
  name text NOT NULL,
  due_at timestamptz NOT NULL,
  status text NOT NULL CHECK (status IN ('running', 'done', 'failed')),
  tried bigint NOT NULL,
  retry_at timestamptz,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (name)
);
INSERT INTO seedtest_migrations (version, name) VALUES (10, 'what a scheduler has run');
