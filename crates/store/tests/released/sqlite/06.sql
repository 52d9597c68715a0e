ALTER TABLE mirt_ability ADD COLUMN n_answers INTEGER;
ALTER TABLE survival_risk_history ADD COLUMN survival TEXT CHECK (json_valid(survival));
CREATE TABLE seedtest_settings (
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (name)
) STRICT;
INSERT INTO seedtest_migrations (version, name) VALUES (6, 'the time zone of a database, and what was known on a past day');
