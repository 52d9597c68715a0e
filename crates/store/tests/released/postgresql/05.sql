CREATE TABLE mirt_anchor (
  item_id text NOT NULL,
  irt jsonb NOT NULL DEFAULT '{}',
  tagged_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (item_id)
);
INSERT INTO seedtest_migrations (version, name) VALUES (5, 'anchors of items in no bank');
