ALTER TABLE seedtest_statements ADD COLUMN voids text;
CREATE INDEX IF NOT EXISTS ix_seedtest_statements_voids ON seedtest_statements (voids);
INSERT INTO seedtest_migrations (version, name) VALUES (15, 'which statement another one voids');
