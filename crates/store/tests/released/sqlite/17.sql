CREATE TABLE seedtest_accounts (
  account_id TEXT NOT NULL,
  login TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('student', 'guardian', 'teacher', 'school', 'operator')),
  school_id TEXT,
  user_id TEXT,
  lang TEXT CHECK (lang IS NULL OR lang IN ('ko', 'en')),
  password_hash TEXT,
  issuer TEXT,
  subject TEXT,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  disabled_at TEXT,
  PRIMARY KEY (account_id)
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS uq_seedtest_accounts_login ON seedtest_accounts (login);
CREATE UNIQUE INDEX IF NOT EXISTS uq_seedtest_accounts_subject ON seedtest_accounts (issuer, subject);
CREATE INDEX IF NOT EXISTS ix_seedtest_accounts_user ON seedtest_accounts (user_id);
CREATE TABLE seedtest_account_classes (
  account_id TEXT NOT NULL,
  class_id TEXT NOT NULL,
  PRIMARY KEY (account_id, class_id)
) STRICT;
CREATE TABLE seedtest_account_students (
  account_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  PRIMARY KEY (account_id, user_id)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_seedtest_account_students_user ON seedtest_account_students (user_id);
CREATE TABLE seedtest_sessions (
  digest TEXT NOT NULL,
  account_id TEXT,
  user_id TEXT,
  claims TEXT CHECK (claims IS NULL OR json_valid(claims)),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  seen_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  expires_at TEXT NOT NULL,
  PRIMARY KEY (digest)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_seedtest_sessions_account ON seedtest_sessions (account_id);
CREATE INDEX IF NOT EXISTS ix_seedtest_sessions_user ON seedtest_sessions (user_id);
CREATE INDEX IF NOT EXISTS ix_seedtest_sessions_expires ON seedtest_sessions (expires_at);
CREATE TABLE seedtest_invitations (
  digest TEXT NOT NULL,
  account_id TEXT NOT NULL,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  expires_at TEXT NOT NULL,
  PRIMARY KEY (digest)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_seedtest_invitations_account ON seedtest_invitations (account_id);
INSERT INTO seedtest_migrations (version, name) VALUES (17, 'accounts, sessions and invitations of the dashboard');
