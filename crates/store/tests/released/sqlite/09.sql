CREATE TABLE roster_school (
  school_id TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (school_id)
) STRICT;
CREATE TABLE roster_class (
  class_id TEXT NOT NULL,
  school_id TEXT,
  name TEXT NOT NULL,
  grade TEXT,
  PRIMARY KEY (class_id)
) STRICT;
CREATE TABLE roster_student (
  user_id TEXT NOT NULL,
  name TEXT,
  PRIMARY KEY (user_id)
) STRICT;
CREATE TABLE roster_enrolment (
  user_id TEXT NOT NULL,
  class_id TEXT NOT NULL,
  PRIMARY KEY (user_id, class_id)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_roster_enrolment_class ON roster_enrolment (class_id);
CREATE TABLE content_name (
  kind TEXT NOT NULL CHECK (kind IN ('topic', 'item')),
  id TEXT NOT NULL,
  lang TEXT NOT NULL CHECK (lang IN ('ko', 'en')),
  name TEXT NOT NULL,
  PRIMARY KEY (kind, id, lang)
) STRICT;
INSERT INTO seedtest_migrations (version, name) VALUES (9, 'rosters, and names of topics and items');
