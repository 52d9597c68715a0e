ALTER TABLE report_artifacts ADD COLUMN content_digest text;
CREATE TABLE monthly_report_artifacts (
  user_id text NOT NULL,
  month_start date NOT NULL,
  format text NOT NULL CHECK (format IN ('html', 'pdf')),
  url text NOT NULL,
  generated_at timestamptz NOT NULL DEFAULT now(),
  sha256 text,
  bytes bigint,
  s3_key text,
  content_digest text,
  PRIMARY KEY (user_id, month_start, format)
);
CREATE INDEX IF NOT EXISTS ix_monthly_report_artifacts_month ON monthly_report_artifacts (month_start);
CREATE TABLE report_recipients (
  user_id text NOT NULL,
  address text NOT NULL,
  lang text NOT NULL CHECK (lang IN ('ko', 'en')),
  opted_in_at timestamptz,
  opted_out_at timestamptz,
  unsubscribe_token text NOT NULL,
  PRIMARY KEY (user_id, address)
);
CREATE UNIQUE INDEX IF NOT EXISTS uq_report_recipients_token ON report_recipients (unsubscribe_token);
CREATE TABLE report_mails (
  user_id text NOT NULL,
  address text NOT NULL,
  period text NOT NULL CHECK (period IN ('weekly', 'monthly')),
  period_start date NOT NULL,
  claimed_at timestamptz NOT NULL,
  sent_at timestamptz,
  PRIMARY KEY (user_id, address, period, period_start)
);
CREATE INDEX IF NOT EXISTS ix_report_mails_period ON report_mails (period_start);
INSERT INTO seedtest_migrations (version, name) VALUES (11, 'published objects, monthly reports, recipients and mails');
