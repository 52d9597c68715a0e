CREATE TABLE dashboard_student (
  user_id text NOT NULL,
  week_start date NOT NULL,
  summary jsonb NOT NULL,
  report jsonb,
  urgency double precision NOT NULL,
  urgency_without_risk double precision NOT NULL,
  computed_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, week_start)
);
CREATE INDEX IF NOT EXISTS ix_dashboard_student_week ON dashboard_student (week_start, urgency);
CREATE INDEX IF NOT EXISTS ix_dashboard_student_week_without_risk ON dashboard_student (week_start, urgency_without_risk);
CREATE TABLE dashboard_overview (
  kind text NOT NULL CHECK (kind IN ('class', 'school', 'models')),
  subject text NOT NULL,
  week_start date NOT NULL,
  document jsonb NOT NULL,
  computed_at timestamptz NOT NULL,
  PRIMARY KEY (kind, subject, week_start)
);
CREATE TABLE dashboard_note (
  user_id text NOT NULL,
  noted_at timestamptz NOT NULL,
  actor text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('seen', 'intervention')),
  note text,
  PRIMARY KEY (user_id, noted_at, actor)
);
INSERT INTO seedtest_migrations (version, name) VALUES (18, 'what pages show, and what people note');
