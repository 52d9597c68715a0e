ALTER TABLE mirt_ability ADD COLUMN n_answers integer;
ALTER TABLE survival_risk_history ADD COLUMN survival jsonb;
CREATE TABLE seedtest_settings (
  name text NOT NULL,
  value text NOT NULL,
  PRIMARY KEY (name)
);
INSERT INTO seedtest_migrations (version, name) VALUES (6, 'the time zone of a database, and what was known on a past day');
