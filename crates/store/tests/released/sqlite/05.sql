CREATE TABLE mirt_anchor (
  item_id TEXT NOT NULL,
  irt TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(irt)),
  tagged_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  PRIMARY KEY (item_id)
) STRICT;
INSERT INTO seedtest_migrations (version, name) VALUES (5, 'anchors of items in no bank');
