CREATE TABLE seedtest_alerts (
  alert_key TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('risk', 'job', 'drift')),
  user_id TEXT,
  subject TEXT,
  detail TEXT NOT NULL CHECK (json_valid(detail)),
  found_at TEXT NOT NULL,
  acknowledged_at TEXT,
  acknowledged_by TEXT,
  resolved_at TEXT,
  PRIMARY KEY (alert_key)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_seedtest_alerts_found ON seedtest_alerts (found_at);
CREATE INDEX IF NOT EXISTS ix_seedtest_alerts_user ON seedtest_alerts (user_id);
CREATE TABLE seedtest_alert_deliveries (
  alert_key TEXT NOT NULL,
  channel TEXT NOT NULL CHECK (channel IN ('mail', 'webhook')),
  recipient TEXT NOT NULL,
  reminder INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('waiting', 'sent', 'dropped')),
  settled_at TEXT,
  PRIMARY KEY (alert_key, channel, recipient, reminder)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_seedtest_alert_deliveries_message ON seedtest_alert_deliveries (message_id);
INSERT INTO seedtest_migrations (version, name) VALUES (19, 'alerts, and who was told of them');
