CREATE TABLE roster_school (
  school_id text NOT NULL,
  name text NOT NULL,
  PRIMARY KEY (school_id)
);
CREATE TABLE roster_class (
  class_id text NOT NULL,
  school_id text,
  name text NOT NULL,
  grade text,
  PRIMARY KEY (class_id)
);
CREATE TABLE roster_student (
  user_id text NOT NULL,
  name text,
  PRIMARY KEY (user_id)
);
CREATE TABLE roster_enrolment (
  user_id text NOT NULL,
  class_id text NOT NULL,
  PRIMARY KEY (user_id, class_id)
);
CREATE INDEX IF NOT EXISTS ix_roster_enrolment_class ON roster_enrolment (class_id);
CREATE TABLE content_name (
  kind text NOT NULL CHECK (kind IN ('topic', 'item')),
  id text NOT NULL,
  lang text NOT NULL CHECK (lang IN ('ko', 'en')),
  name text NOT NULL,
  PRIMARY KEY (kind, id, lang)
);
INSERT INTO seedtest_migrations (version, name) VALUES (9, 'rosters, and names of topics and items');
