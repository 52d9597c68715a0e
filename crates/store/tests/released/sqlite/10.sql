CREATE TABLE seedtest_schedule (
  name TEXT NOT NULL,
  due_at TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed')),
  tried INT NOT NULL,
  retry_at TEXT,
  changed_at TEXT NOT NULL,
  PRIMARY KEY (name)
) STRICT;
INSERT INTO seedtest_migrations (version, name) VALUES (10, 'what a scheduler has run');
