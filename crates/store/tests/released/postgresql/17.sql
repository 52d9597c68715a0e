CREATE TABLE seedtest_accounts (
  account_id text NOT NULL,
  login text NOT NULL,
  name text NOT NULL,
  role text NOT NULL CHECK (role IN ('student', 'guardian', 'teacher', 'school', 'operator')),
  school_id text,
  user_id text,
  lang text CHECK (lang IN ('ko', 'en')),
  password_hash text,
  issuer text,
  subject text,
  created_at timestamptz NOT NULL DEFAULT now(),
  disabled_at timestamptz,
  PRIMARY KEY (account_id)
);
CREATE UNIQUE INDEX IF NOT EXISTS uq_seedtest_accounts_login ON seedtest_accounts (login);
CREATE UNIQUE INDEX IF NOT EXISTS uq_seedtest_accounts_subject ON seedtest_accounts (issuer, subject);
CREATE INDEX IF NOT EXISTS ix_seedtest_accounts_user ON seedtest_accounts (user_id);
CREATE TABLE seedtest_account_classes (
  account_id text NOT NULL,
  class_id text NOT NULL,
  PRIMARY KEY (account_id, class_id)
);
CREATE TABLE seedtest_account_students (
  account_id text NOT NULL,
  user_id text NOT NULL,
  PRIMARY KEY (account_id, user_id)
);
CREATE INDEX IF NOT EXISTS ix_seedtest_account_students_user ON seedtest_account_students (user_id);
CREATE TABLE seedtest_sessions (
  digest text NOT NULL,
  account_id text,
  user_id text,
  claims jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (digest)
);
CREATE INDEX IF NOT EXISTS ix_seedtest_sessions_account ON seedtest_sessions (account_id);
CREATE INDEX IF NOT EXISTS ix_seedtest_sessions_user ON seedtest_sessions (user_id);
CREATE INDEX IF NOT EXISTS ix_seedtest_sessions_expires ON seedtest_sessions (expires_at);
CREATE TABLE seedtest_invitations (
  digest text NOT NULL,
  account_id text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (digest)
);
CREATE INDEX IF NOT EXISTS ix_seedtest_invitations_account ON seedtest_invitations (account_id);
INSERT INTO seedtest_migrations (version, name) VALUES (17, 'accounts, sessions and invitations of the dashboard');
