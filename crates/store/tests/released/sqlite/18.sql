CREATE TABLE dashboard_student (
  user_id TEXT NOT NULL,
  week_start TEXT NOT NULL,
  summary TEXT NOT NULL CHECK (json_valid(summary)),
  report TEXT CHECK (report IS NULL OR json_valid(report)),
  urgency REAL NOT NULL,
  urgency_without_risk REAL NOT NULL,
  computed_at TEXT NOT NULL,
  PRIMARY KEY (user_id, week_start)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_dashboard_student_week ON dashboard_student (week_start, urgency);
CREATE INDEX IF NOT EXISTS ix_dashboard_student_week_without_risk ON dashboard_student (week_start, urgency_without_risk);
CREATE TABLE dashboard_overview (
  kind TEXT NOT NULL CHECK (kind IN ('class', 'school', 'models')),
  subject TEXT NOT NULL,
  week_start TEXT NOT NULL,
  document TEXT NOT NULL CHECK (json_valid(document)),
  computed_at TEXT NOT NULL,
  PRIMARY KEY (kind, subject, week_start)
) STRICT;
CREATE TABLE dashboard_note (
  user_id TEXT NOT NULL,
  noted_at TEXT NOT NULL,
  actor TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('seen', 'intervention')),
  note TEXT,
  PRIMARY KEY (user_id, noted_at, actor)
) STRICT;
INSERT INTO seedtest_migrations (version, name) VALUES (18, 'what pages show, and what people note');
