SELECT
  run_id,
  week_start AS week,
  week_start,
  anomaly_score AS score,
  flag,
  metric,
  value,
  expected,
  detected_at
FROM prophet_anomalies
