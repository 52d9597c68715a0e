ALTER TABLE survival_fit_meta ADD COLUMN model TEXT CHECK (json_valid(model));
INSERT INTO seedtest_migrations (version, name) VALUES (3, 'survival fits that can predict');
