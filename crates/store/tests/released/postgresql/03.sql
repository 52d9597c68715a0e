ALTER TABLE survival_fit_meta ADD COLUMN model jsonb;
INSERT INTO seedtest_migrations (version, name) VALUES (3, 'survival fits that can predict');
