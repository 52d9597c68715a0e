ALTER TABLE attempt_log ADD COLUMN points double precision;
ALTER TABLE attempt_log ADD COLUMN max_points double precision;
CREATE TABLE bank_item (
  item_id text NOT NULL,
  version_no bigint NOT NULL,
  changed_at timestamptz NOT NULL,
  actor text NOT NULL,
  what text NOT NULL CHECK (what IN ('import', 'retire', 'rekey')),
  content jsonb NOT NULL DEFAULT '{}',
  status text NOT NULL CHECK (status IN ('active', 'retired')),
  PRIMARY KEY (item_id, version_no)
);
CREATE TABLE cat_bank (
  bank_id text NOT NULL,
  items jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (bank_id)
);
CREATE TABLE cat_session (
  session_id text NOT NULL,
  actor text NOT NULL,
  user_id text,
  bank_id text NOT NULL,
  settings jsonb NOT NULL DEFAULT '{}',
  state jsonb NOT NULL DEFAULT '{}',
  last jsonb NOT NULL DEFAULT '{}',
  status text NOT NULL CHECK (status IN ('open', 'ended')),
  revision bigint NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (session_id)
);
CREATE INDEX IF NOT EXISTS ix_cat_session_user_id ON cat_session (user_id, created_at);
INSERT INTO seedtest_migrations (version, name) VALUES (14, 'points of answers, adaptive tests');
