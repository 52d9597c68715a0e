CREATE TABLE seedtest_migrations (
  version INT NOT NULL,
  name TEXT NOT NULL,
  applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  PRIMARY KEY (version)
) STRICT;
CREATE TABLE question (
  id INT NOT NULL,
  content TEXT NOT NULL,
  difficulty REAL,
  topic_id TEXT,
  meta TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(meta)),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  question_text TEXT GENERATED ALWAYS AS (content) VIRTUAL,
  PRIMARY KEY (id)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_question_topic_id ON question (topic_id);
CREATE TABLE exam_results (
  id TEXT NOT NULL DEFAULT (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
  session_id TEXT NOT NULL,
  user_id TEXT,
  org_id INTEGER,
  exam_id INTEGER,
  status TEXT NOT NULL DEFAULT 'ready',
  result_json TEXT NOT NULL CHECK (json_valid(result_json)),
  score_raw REAL,
  score_scaled REAL,
  standard_error REAL,
  percentile REAL,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS uq_exam_results_session_id ON exam_results (session_id);
CREATE INDEX IF NOT EXISTS ix_exam_results_org_id ON exam_results (org_id);
CREATE INDEX IF NOT EXISTS ix_exam_results_user_exam ON exam_results (user_id, exam_id);
CREATE INDEX IF NOT EXISTS ix_exam_results_user_time ON exam_results (user_id, (COALESCE(updated_at, created_at)));
CREATE TABLE session (
  id TEXT NOT NULL,
  classroom_id TEXT,
  exam_id TEXT,
  user_id TEXT,
  org_id INTEGER,
  started_at TEXT,
  ended_at TEXT,
  status TEXT,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  PRIMARY KEY (id)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_session_classroom_id ON session (classroom_id);
CREATE INDEX IF NOT EXISTS ix_session_status_started ON session (status, started_at);
CREATE INDEX IF NOT EXISTS ix_session_user_id ON session (user_id);
CREATE INDEX IF NOT EXISTS ix_session_org_id ON session (org_id);
CREATE TABLE classroom (
  id TEXT NOT NULL,
  org_id TEXT NOT NULL,
  name TEXT NOT NULL,
  grade INTEGER CHECK (grade BETWEEN 0 AND 12),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS uq_classroom_org_name ON classroom (org_id, name);
CREATE INDEX IF NOT EXISTS ix_classroom_org_id ON classroom (org_id);
CREATE TABLE interest_goal (
  user_id TEXT NOT NULL,
  topic_id TEXT NOT NULL,
  target_level REAL,
  priority INTEGER NOT NULL DEFAULT 0,
  subject_id TEXT,
  interest_1_5 INTEGER,
  target_score REAL,
  target_date TEXT,
  updated_at TEXT,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  PRIMARY KEY (user_id, topic_id)
) STRICT;
CREATE TABLE attempt_log (
  id INT NOT NULL,
  user_id TEXT NOT NULL,
  item_id TEXT NOT NULL,
  topic_id TEXT,
  session_id TEXT,
  subject_id TEXT,
  completed_at TEXT NOT NULL,
  correct INTEGER,
  response_time_ms INTEGER,
  used_hints INTEGER,
  source TEXT,
  PRIMARY KEY (id)
) STRICT;
CREATE TABLE exam_answer (
  exam_result_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  id INT NOT NULL,
  item_number INT NOT NULL,
  correct INTEGER,
  response_time_ms INTEGER,
  duration_s INTEGER,
  used_hints INTEGER,
  topic_id TEXT,
  PRIMARY KEY (exam_result_id, position)
) STRICT;
CREATE TABLE student_identity (
  user_id TEXT NOT NULL,
  student_id TEXT NOT NULL,
  PRIMARY KEY (user_id)
) STRICT;
CREATE TABLE item_identity (
  item_id TEXT NOT NULL,
  item_number INT NOT NULL,
  PRIMARY KEY (item_id)
) STRICT;
CREATE TABLE features_topic_daily (
  user_id TEXT NOT NULL,
  topic_id TEXT NOT NULL,
  date TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  correct INTEGER NOT NULL DEFAULT 0,
  avg_time_ms INTEGER,
  hints INTEGER NOT NULL DEFAULT 0,
  theta_estimate REAL,
  theta_sd REAL,
  rt_median INTEGER,
  improvement REAL,
  last_seen_at TEXT,
  computed_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  theta_mean REAL GENERATED ALWAYS AS (theta_estimate) VIRTUAL,
  PRIMARY KEY (user_id, topic_id, date)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_features_topic_daily_topic_date ON features_topic_daily (topic_id, date);
CREATE INDEX IF NOT EXISTS ix_features_topic_daily_user_date ON features_topic_daily (user_id, date);
CREATE TABLE mirt_ability (
  user_id TEXT NOT NULL,
  theta REAL NOT NULL,
  se REAL,
  model TEXT,
  version TEXT NOT NULL DEFAULT 'v1',
  run_id TEXT,
  fitted_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  PRIMARY KEY (user_id, version, fitted_at)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_mirt_ability_user_fitted ON mirt_ability (user_id, fitted_at DESC);
CREATE TABLE mirt_item_params (
  item_id TEXT NOT NULL,
  model TEXT,
  params TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(params)),
  version TEXT NOT NULL DEFAULT 'v1',
  run_id TEXT,
  fitted_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  PRIMARY KEY (item_id, version, fitted_at)
) STRICT;
CREATE TABLE mirt_fit_meta (
  run_id TEXT NOT NULL,
  model_spec TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(model_spec)),
  metrics TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(metrics)),
  fitted_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  PRIMARY KEY (run_id)
) STRICT;
CREATE TABLE student_topic_theta (
  user_id TEXT NOT NULL,
  topic_id TEXT NOT NULL,
  theta REAL NOT NULL,
  se REAL,
  model TEXT NOT NULL DEFAULT 'irt',
  version TEXT,
  fitted_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  run_id TEXT,
  standard_error REAL GENERATED ALWAYS AS (se) VIRTUAL,
  updated_at TEXT GENERATED ALWAYS AS (fitted_at) VIRTUAL,
  PRIMARY KEY (user_id, topic_id, fitted_at)
) STRICT;
CREATE TABLE weekly_kpi (
  user_id TEXT NOT NULL,
  week_start TEXT NOT NULL CHECK (strftime('%w', week_start) = '1'),
  kpis TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(kpis)),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  PRIMARY KEY (user_id, week_start)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_weekly_kpi_week_start ON weekly_kpi (week_start);
CREATE TABLE growth_glmm_meta (
  run_id TEXT NOT NULL,
  model_spec TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(model_spec)),
  metrics TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(metrics)),
  formula TEXT,
  fixed_effects TEXT CHECK (json_valid(fixed_effects)),
  random_effects_summary TEXT CHECK (json_valid(random_effects_summary)),
  fit_metrics TEXT CHECK (json_valid(fit_metrics)),
  fitted_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  PRIMARY KEY (run_id)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_growth_glmm_meta_fitted_at ON growth_glmm_meta (fitted_at DESC);
CREATE TABLE growth_brms_meta (
  run_id TEXT NOT NULL,
  formula TEXT NOT NULL,
  priors TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(priors)),
  posterior_summary TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(posterior_summary)),
  diagnostics TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(diagnostics)),
  settings TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(settings)),
  predictions TEXT CHECK (json_valid(predictions)),
  fitted_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  PRIMARY KEY (run_id)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_growth_brms_meta_fitted_at ON growth_brms_meta (fitted_at DESC);
CREATE TABLE prophet_fit_meta (
  run_id TEXT NOT NULL,
  metric TEXT NOT NULL,
  changepoints TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(changepoints)),
  forecast TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(forecast)),
  fit_meta TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(fit_meta)),
  user_id TEXT,
  lookback_weeks INTEGER,
  horizon_weeks INTEGER,
  anomaly_threshold REAL,
  fitted_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  PRIMARY KEY (run_id)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_prophet_fit_meta_fitted_at ON prophet_fit_meta (fitted_at DESC);
CREATE INDEX IF NOT EXISTS ix_prophet_fit_meta_user_fitted ON prophet_fit_meta (user_id, fitted_at);
CREATE TABLE prophet_anomalies (
  run_id TEXT NOT NULL,
  week_start TEXT NOT NULL,
  metric TEXT NOT NULL,
  value REAL,
  expected REAL,
  anomaly_score REAL,
  flag INTEGER NOT NULL DEFAULT true,
  detected_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  PRIMARY KEY (run_id, week_start, metric)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_prophet_anomalies_detected_at ON prophet_anomalies (detected_at DESC);
CREATE INDEX IF NOT EXISTS ix_prophet_anomalies_week_metric ON prophet_anomalies (week_start DESC, metric);
CREATE TABLE survival_fit_meta (
  run_id TEXT NOT NULL,
  formula TEXT,
  family TEXT,
  event_threshold_days INTEGER,
  coefficients TEXT CHECK (json_valid(coefficients)),
  hazard_ratios TEXT CHECK (json_valid(hazard_ratios)),
  concordance REAL,
  n INTEGER,
  n_events INTEGER,
  survival_curve TEXT CHECK (json_valid(survival_curve)),
  fitted_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  run_at TEXT GENERATED ALWAYS AS (fitted_at) VIRTUAL,
  PRIMARY KEY (run_id)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_survival_fit_meta_fitted_at ON survival_fit_meta (fitted_at DESC);
CREATE TABLE survival_risk (
  user_id TEXT NOT NULL,
  run_id TEXT,
  risk_score REAL NOT NULL CHECK (risk_score BETWEEN 0 AND 1),
  hazard_ratio REAL CHECK (hazard_ratio > 0),
  rank_percentile REAL CHECK (rank_percentile BETWEEN 0 AND 1),
  survival TEXT CHECK (json_valid(survival)),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  PRIMARY KEY (user_id)
) STRICT;
CREATE INDEX IF NOT EXISTS ix_survival_risk_updated_at ON survival_risk (updated_at DESC);
CREATE INDEX IF NOT EXISTS ix_survival_risk_risk_score ON survival_risk (risk_score DESC);
CREATE TABLE survival_risk_history (
  run_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  risk_score REAL NOT NULL CHECK (risk_score BETWEEN 0 AND 1),
  hazard_ratio REAL CHECK (hazard_ratio > 0),
  rank_percentile REAL CHECK (rank_percentile BETWEEN 0 AND 1),
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  PRIMARY KEY (run_id, user_id)
) STRICT;
CREATE TABLE user_segment (
  user_id TEXT NOT NULL,
  segment_label TEXT NOT NULL,
  cluster_id INTEGER,
  run_id TEXT,
  features_snapshot TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(features_snapshot)),
  assigned_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  PRIMARY KEY (user_id)
) STRICT;
CREATE TABLE segment_meta (
  run_id TEXT NOT NULL,
  method TEXT,
  n_clusters INTEGER,
  centers TEXT CHECK (json_valid(centers)),
  metrics TEXT CHECK (json_valid(metrics)),
  labels TEXT CHECK (json_valid(labels)),
  fitted_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  PRIMARY KEY (run_id)
) STRICT;
CREATE TABLE segment_label_meta (
  segment_label TEXT NOT NULL,
  segment_description TEXT,
  PRIMARY KEY (segment_label)
) STRICT;
CREATE TABLE report_artifacts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id TEXT NOT NULL,
  week_start TEXT NOT NULL,
  format TEXT NOT NULL DEFAULT 'html' CHECK (format IN ('html', 'pdf')),
  url TEXT NOT NULL,
  generated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
  sha256 TEXT,
  bytes INT,
  s3_key TEXT
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS uq_report_artifacts_user_week_format ON report_artifacts (user_id, week_start, format);
CREATE INDEX IF NOT EXISTS ix_report_artifacts_user_week ON report_artifacts (user_id, week_start);
CREATE INDEX IF NOT EXISTS ix_report_artifacts_generated_at ON report_artifacts (generated_at);
CREATE TABLE drift_windows (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  start_at TEXT NOT NULL,
  end_at TEXT NOT NULL,
  population_tags TEXT CHECK (json_valid(population_tags)),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
) STRICT;
CREATE TABLE item_calibration (
  item_id TEXT NOT NULL,
  window_id INT NOT NULL,
  a_hat REAL,
  b_hat REAL,
  c_hat REAL,
  a_l95 REAL,
  a_u95 REAL,
  b_l95 REAL,
  b_u95 REAL,
  c_l95 REAL,
  c_u95 REAL,
  n INTEGER,
  dif TEXT CHECK (json_valid(dif)),
  info TEXT CHECK (json_valid(info)),
  run_id TEXT,
  PRIMARY KEY (item_id, window_id)
) STRICT;
CREATE TABLE drift_alerts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  item_id TEXT NOT NULL,
  window_id INT,
  metric TEXT NOT NULL,
  value REAL,
  threshold REAL,
  severity TEXT,
  run_id TEXT,
  resolved_at TEXT,
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
) STRICT;
CREATE INDEX IF NOT EXISTS ix_drift_alerts_item ON drift_alerts (item_id, window_id);
INSERT INTO seedtest_migrations (version, name) VALUES (1, 'target schema S1 to S21');
