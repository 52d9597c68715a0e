ALTER TABLE attempt_log ADD COLUMN import_no bigint;
ALTER TABLE attempt_log ADD COLUMN voided_at timestamptz;
ALTER TABLE attempt_log ADD COLUMN changed_at timestamptz;
CREATE TABLE seedtest_imports (
  number bigserial NOT NULL,
  run_id text NOT NULL,
  undone_at timestamptz,
  PRIMARY KEY (number)
);
CREATE UNIQUE INDEX IF NOT EXISTS uq_seedtest_imports_run ON seedtest_imports (run_id);
CREATE TABLE seedtest_import_documents (
  import_no bigint NOT NULL,
  session_id text NOT NULL,
  user_id text,
  left_as text NOT NULL,
  earlier jsonb,
  PRIMARY KEY (import_no, session_id)
);
CREATE INDEX IF NOT EXISTS ix_seedtest_import_documents_user ON seedtest_import_documents (user_id);
CREATE TABLE seedtest_corrections (
  number bigserial NOT NULL,
  corrected_at timestamptz NOT NULL,
  actor text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('undo', 'void', 'restore', 'correct', 'merge')),
  user_id text,
  detail jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (number)
);
CREATE INDEX IF NOT EXISTS ix_seedtest_corrections_user ON seedtest_corrections (user_id);
CREATE TABLE seedtest_student_aliases (
  alias text NOT NULL,
  user_id text NOT NULL,
  merged_at timestamptz NOT NULL,
  PRIMARY KEY (alias)
);
CREATE INDEX IF NOT EXISTS ix_seedtest_student_aliases_user ON seedtest_student_aliases (user_id);
CREATE TABLE seedtest_statements (
  statement_id text NOT NULL,
  user_id text,
  item_id text,
  completed_at timestamptz,
  digest text NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (statement_id)
);
CREATE INDEX IF NOT EXISTS ix_seedtest_statements_user ON seedtest_statements (user_id);
INSERT INTO seedtest_migrations (version, name) VALUES (13, 'imports that can be undone, corrections of answers and ids');
