CREATE TABLE seedtest_tokens (
  token_id TEXT NOT NULL,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  expires_at TEXT,
  revoked_at TEXT,
  PRIMARY KEY (token_id)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_seedtest_tokens_name ON seedtest_tokens (name);
INSERT INTO seedtest_migrations (version, name) VALUES (7, 'tokens of callers');
