ALTER TABLE report_artifacts ADD COLUMN content_digest TEXT;
CREATE TABLE monthly_report_artifacts (
  user_id TEXT NOT NULL,
  month_start TEXT NOT NULL,
  format TEXT NOT NULL CHECK (format IN ('html', 'pdf')),
  url TEXT NOT NULL,
  generated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  sha256 TEXT,
  bytes INT,
  s3_key TEXT,
  content_digest TEXT,
  PRIMARY KEY (user_id, month_start, format)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_monthly_report_artifacts_month ON monthly_report_artifacts (month_start);
CREATE TABLE report_recipients (
  user_id TEXT NOT NULL,
  address TEXT NOT NULL,
  lang TEXT NOT NULL CHECK (lang IN ('ko', 'en')),
  opted_in_at TEXT,
  opted_out_at TEXT,
  unsubscribe_token TEXT NOT NULL,
  PRIMARY KEY (user_id, address)
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS uq_report_recipients_token ON report_recipients (unsubscribe_token);
CREATE TABLE report_mails (
  user_id TEXT NOT NULL,
  address TEXT NOT NULL,
  period TEXT NOT NULL CHECK (period IN ('weekly', 'monthly')),
  period_start TEXT NOT NULL,
  claimed_at TEXT NOT NULL,
  sent_at TEXT,
  PRIMARY KEY (user_id, address, period, period_start)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_report_mails_period ON report_mails (period_start);
INSERT INTO seedtest_migrations (version, name) VALUES (11, 'published objects, monthly reports, recipients and mails');
