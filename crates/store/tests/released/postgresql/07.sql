CREATE TABLE seedtest_tokens (
  token_id text NOT NULL,
  name text NOT NULL,
  digest text NOT NULL,
  scopes text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  PRIMARY KEY (token_id)
);
CREATE INDEX IF NOT EXISTS ix_seedtest_tokens_name ON seedtest_tokens (name);
INSERT INTO seedtest_migrations (version, name) VALUES (7, 'tokens of callers');
