ALTER TABLE attempt_log ADD COLUMN points REAL;
ALTER TABLE attempt_log ADD COLUMN max_points REAL;
CREATE TABLE bank_item (
  item_id TEXT NOT NULL,
  version_no INT NOT NULL,
  changed_at TEXT NOT NULL,
  actor TEXT NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('import', 'retire', 'rekey')),
  content TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(content)),
  status TEXT NOT NULL CHECK (status IN ('active', 'retired')),
  PRIMARY KEY (item_id, version_no)
) STRICT;
CREATE TABLE cat_bank (
  bank_id TEXT NOT NULL,
  items TEXT NOT NULL CHECK (json_valid(items)),
  created_at TEXT NOT NULL,
  PRIMARY KEY (bank_id)
) STRICT;
CREATE TABLE cat_session (
  session_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  user_id TEXT,
  bank_id TEXT NOT NULL,
  settings TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(settings)),
  state TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(state)),
  last TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(last)),
  status TEXT NOT NULL CHECK (status IN ('open', 'ended')),
  revision INT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (session_id)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_cat_session_user_id ON cat_session (user_id, created_at);
INSERT INTO seedtest_migrations (version, name) VALUES (14, 'points of answers, adaptive tests');
