ALTER TABLE attempt_log ADD COLUMN import_no INT;
ALTER TABLE attempt_log ADD COLUMN voided_at TEXT;
ALTER TABLE attempt_log ADD COLUMN changed_at TEXT;
CREATE TABLE seedtest_imports (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id TEXT NOT NULL,
  undone_at TEXT
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS uq_seedtest_imports_run ON seedtest_imports (run_id);
CREATE TABLE seedtest_import_documents (
  import_no INT NOT NULL,
  session_id TEXT NOT NULL,
  user_id TEXT,
  left_as TEXT NOT NULL,
  earlier TEXT CHECK (earlier IS NULL OR json_valid(earlier)),
  PRIMARY KEY (import_no, session_id)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_seedtest_import_documents_user ON seedtest_import_documents (user_id);
CREATE TABLE seedtest_corrections (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  corrected_at TEXT NOT NULL,
  actor TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('undo', 'void', 'restore', 'correct', 'merge')),
  user_id TEXT,
  detail TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(detail))
) STRICT;
CREATE INDEX IF NOT EXISTS ix_seedtest_corrections_user ON seedtest_corrections (user_id);
CREATE TABLE seedtest_student_aliases (
  alias TEXT NOT NULL,
  user_id TEXT NOT NULL,
  merged_at TEXT NOT NULL,
  PRIMARY KEY (alias)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_seedtest_student_aliases_user ON seedtest_student_aliases (user_id);
CREATE TABLE seedtest_statements (
  statement_id TEXT NOT NULL,
  user_id TEXT,
  item_id TEXT,
  completed_at TEXT,
  digest TEXT NOT NULL,
  received_at TEXT NOT NULL,
  PRIMARY KEY (statement_id)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_seedtest_statements_user ON seedtest_statements (user_id);
INSERT INTO seedtest_migrations (version, name) VALUES (13, 'imports that can be undone, corrections of answers and ids');
