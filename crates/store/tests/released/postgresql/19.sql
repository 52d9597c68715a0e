CREATE TABLE seedtest_alerts (
  alert_key text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('risk', 'job', 'drift')),
  user_id text,
  subject text,
  detail jsonb NOT NULL,
  found_at timestamptz NOT NULL,
  acknowledged_at timestamptz,
  acknowledged_by text,
  resolved_at timestamptz,
  PRIMARY KEY (alert_key)
);
CREATE INDEX IF NOT EXISTS ix_seedtest_alerts_found ON seedtest_alerts (found_at);
CREATE INDEX IF NOT EXISTS ix_seedtest_alerts_user ON seedtest_alerts (user_id);
CREATE TABLE seedtest_alert_deliveries (
  alert_key text NOT NULL,
  channel text NOT NULL CHECK (channel IN ('mail', 'webhook')),
  recipient text NOT NULL,
  reminder integer NOT NULL,
  message_id text NOT NULL,
  status text NOT NULL CHECK (status IN ('waiting', 'sent', 'dropped')),
  settled_at timestamptz,
  PRIMARY KEY (alert_key, channel, recipient, reminder)
);
CREATE INDEX IF NOT EXISTS ix_seedtest_alert_deliveries_message ON seedtest_alert_deliveries (message_id);
INSERT INTO seedtest_migrations (version, name) VALUES (19, 'alerts, and who was told of them');
