CREATE TABLE seedtest_migrations (
  version bigint NOT NULL,
  name text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (version)
);
CREATE TABLE question (
  id bigint NOT NULL,
  content text NOT NULL,
  difficulty numeric,
  topic_id text,
  meta jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  question_text text GENERATED ALWAYS AS (content) STORED,
  PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS ix_question_topic_id ON question (topic_id);
CREATE INDEX IF NOT EXISTS ix_question_meta_gin ON question USING gin (meta);
CREATE TABLE exam_results (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  session_id text NOT NULL,
  user_id text,
  org_id integer,
  exam_id integer,
  status text NOT NULL DEFAULT 'ready',
  result_json jsonb NOT NULL,
  score_raw numeric,
  score_scaled numeric,
  standard_error numeric,
  percentile numeric,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX IF NOT EXISTS uq_exam_results_session_id ON exam_results (session_id);
CREATE INDEX IF NOT EXISTS ix_exam_results_org_id ON exam_results (org_id);
CREATE INDEX IF NOT EXISTS ix_exam_results_user_exam ON exam_results (user_id, exam_id);
CREATE INDEX IF NOT EXISTS ix_exam_results_user_time ON exam_results (user_id, (COALESCE(updated_at, created_at)));
CREATE INDEX IF NOT EXISTS ix_exam_results_result_json ON exam_results USING gin (result_json);
CREATE TABLE session (
  id text NOT NULL,
  classroom_id text,
  exam_id text,
  user_id text,
  org_id integer,
  started_at timestamptz,
  ended_at timestamptz,
  status text,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS ix_session_classroom_id ON session (classroom_id);
CREATE INDEX IF NOT EXISTS ix_session_status_started ON session (status, started_at);
CREATE INDEX IF NOT EXISTS ix_session_user_id ON session (user_id);
CREATE INDEX IF NOT EXISTS ix_session_org_id ON session (org_id);
CREATE TABLE classroom (
  id text NOT NULL,
  org_id text NOT NULL,
  name text NOT NULL,
  grade smallint CHECK (grade BETWEEN 0 AND 12),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX IF NOT EXISTS uq_classroom_org_name ON classroom (org_id, name);
CREATE INDEX IF NOT EXISTS ix_classroom_org_id ON classroom (org_id);
CREATE TABLE interest_goal (
  user_id text NOT NULL,
  topic_id text NOT NULL,
  target_level numeric(6,3),
  priority smallint NOT NULL DEFAULT 0,
  subject_id text,
  interest_1_5 smallint,
  target_score numeric,
  target_date date,
  updated_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, topic_id)
);
CREATE TABLE attempt_log (
  id bigint NOT NULL,
  user_id text NOT NULL,
  item_id text NOT NULL,
  topic_id text,
  session_id text,
  subject_id text,
  completed_at timestamptz NOT NULL,
  correct boolean,
  response_time_ms integer,
  used_hints integer,
  source text,
  PRIMARY KEY (id)
);
CREATE TABLE features_topic_daily (
  user_id text NOT NULL,
  topic_id text NOT NULL,
  date date NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  correct integer NOT NULL DEFAULT 0,
  avg_time_ms integer,
  hints integer NOT NULL DEFAULT 0,
  theta_estimate numeric(6,3),
  theta_sd numeric(6,3),
  rt_median integer,
  improvement numeric(6,3),
  last_seen_at timestamptz,
  computed_at timestamptz NOT NULL DEFAULT now(),
  theta_mean numeric(6,3) GENERATED ALWAYS AS (theta_estimate) STORED,
  PRIMARY KEY (user_id, topic_id, date)
);
CREATE INDEX IF NOT EXISTS ix_features_topic_daily_topic_date ON features_topic_daily (topic_id, date);
CREATE INDEX IF NOT EXISTS ix_features_topic_daily_user_date ON features_topic_daily (user_id, date);
CREATE TABLE mirt_ability (
  user_id text NOT NULL,
  theta double precision NOT NULL,
  se double precision,
  model text,
  version text NOT NULL DEFAULT 'v1',
  run_id text,
  fitted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, version, fitted_at)
);
CREATE INDEX IF NOT EXISTS ix_mirt_ability_user_fitted ON mirt_ability (user_id, fitted_at DESC);
CREATE TABLE mirt_item_params (
  item_id text NOT NULL,
  model text,
  params jsonb NOT NULL DEFAULT '{}',
  version text NOT NULL DEFAULT 'v1',
  run_id text,
  fitted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (item_id, version, fitted_at)
);
CREATE TABLE mirt_fit_meta (
  run_id text NOT NULL,
  model_spec jsonb NOT NULL DEFAULT '{}',
  metrics jsonb NOT NULL DEFAULT '{}',
  fitted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id)
);
CREATE TABLE student_topic_theta (
  user_id text NOT NULL,
  topic_id text NOT NULL,
  theta double precision NOT NULL,
  se double precision,
  model text NOT NULL DEFAULT 'irt',
  version text,
  fitted_at timestamptz NOT NULL DEFAULT now(),
  run_id text,
  standard_error double precision GENERATED ALWAYS AS (se) STORED,
  updated_at timestamptz GENERATED ALWAYS AS (fitted_at) STORED,
  PRIMARY KEY (user_id, topic_id, fitted_at)
);
CREATE TABLE weekly_kpi (
  user_id text NOT NULL,
  week_start date NOT NULL CHECK (EXTRACT(ISODOW FROM week_start) = 1),
  kpis jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, week_start)
);
CREATE INDEX IF NOT EXISTS ix_weekly_kpi_week_start ON weekly_kpi (week_start);
CREATE INDEX IF NOT EXISTS ix_weekly_kpi_kpis ON weekly_kpi USING gin (kpis jsonb_path_ops);
CREATE TABLE growth_glmm_meta (
  run_id text NOT NULL,
  model_spec jsonb NOT NULL DEFAULT '{}',
  metrics jsonb NOT NULL DEFAULT '{}',
  formula text,
  fixed_effects jsonb,
  random_effects_summary jsonb,
  fit_metrics jsonb,
  fitted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id)
);
CREATE INDEX IF NOT EXISTS ix_growth_glmm_meta_fitted_at ON growth_glmm_meta (fitted_at DESC);
CREATE TABLE growth_brms_meta (
  run_id text NOT NULL,
  formula text NOT NULL,
  priors jsonb NOT NULL DEFAULT '{}',
  posterior_summary jsonb NOT NULL DEFAULT '{}',
  diagnostics jsonb NOT NULL DEFAULT '{}',
  settings jsonb NOT NULL DEFAULT '{}',
  predictions jsonb,
  fitted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id)
);
CREATE INDEX IF NOT EXISTS ix_growth_brms_meta_fitted_at ON growth_brms_meta (fitted_at DESC);
CREATE TABLE prophet_fit_meta (
  run_id text NOT NULL,
  metric text NOT NULL,
  changepoints jsonb NOT NULL DEFAULT '[]',
  forecast jsonb NOT NULL DEFAULT '[]',
  fit_meta jsonb NOT NULL DEFAULT '{}',
  user_id text,
  lookback_weeks integer,
  horizon_weeks integer,
  anomaly_threshold double precision,
  fitted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id)
);
CREATE INDEX IF NOT EXISTS ix_prophet_fit_meta_fitted_at ON prophet_fit_meta (fitted_at DESC);
CREATE INDEX IF NOT EXISTS ix_prophet_fit_meta_user_fitted ON prophet_fit_meta (user_id, fitted_at);
CREATE TABLE prophet_anomalies (
  run_id text NOT NULL,
  week_start date NOT NULL,
  metric text NOT NULL,
  value double precision,
  expected double precision,
  anomaly_score double precision,
  flag boolean NOT NULL DEFAULT true,
  detected_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id, week_start, metric)
);
CREATE INDEX IF NOT EXISTS ix_prophet_anomalies_detected_at ON prophet_anomalies (detected_at DESC);
CREATE INDEX IF NOT EXISTS ix_prophet_anomalies_week_metric ON prophet_anomalies (week_start DESC, metric);
CREATE TABLE survival_fit_meta (
  run_id text NOT NULL,
  formula text,
  family text,
  event_threshold_days integer,
  coefficients jsonb,
  hazard_ratios jsonb,
  concordance double precision,
  n integer,
  n_events integer,
  survival_curve jsonb,
  fitted_at timestamptz NOT NULL DEFAULT now(),
  run_at timestamptz GENERATED ALWAYS AS (fitted_at) STORED,
  PRIMARY KEY (run_id)
);
CREATE INDEX IF NOT EXISTS ix_survival_fit_meta_fitted_at ON survival_fit_meta (fitted_at DESC);
CREATE TABLE survival_risk (
  user_id text NOT NULL,
  run_id text,
  risk_score double precision NOT NULL CHECK (risk_score BETWEEN 0 AND 1),
  hazard_ratio double precision CHECK (hazard_ratio > 0),
  rank_percentile double precision CHECK (rank_percentile BETWEEN 0 AND 1),
  survival jsonb,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id)
);
CREATE INDEX IF NOT EXISTS ix_survival_risk_updated_at ON survival_risk (updated_at DESC);
CREATE INDEX IF NOT EXISTS ix_survival_risk_risk_score ON survival_risk (risk_score DESC);
CREATE TABLE survival_risk_history (
  run_id text NOT NULL,
  user_id text NOT NULL,
  risk_score double precision NOT NULL CHECK (risk_score BETWEEN 0 AND 1),
  hazard_ratio double precision CHECK (hazard_ratio > 0),
  rank_percentile double precision CHECK (rank_percentile BETWEEN 0 AND 1),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id, user_id)
);
CREATE TABLE user_segment (
  user_id text NOT NULL,
  segment_label text NOT NULL,
  cluster_id integer,
  run_id text,
  features_snapshot jsonb NOT NULL DEFAULT '{}',
  assigned_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id)
);
CREATE TABLE segment_meta (
  run_id text NOT NULL,
  method text,
  n_clusters integer,
  centers jsonb,
  metrics jsonb,
  labels jsonb,
  fitted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id)
);
CREATE TABLE segment_label_meta (
  segment_label text NOT NULL,
  segment_description text,
  PRIMARY KEY (segment_label)
);
CREATE TABLE report_artifacts (
  id bigserial NOT NULL,
  user_id text NOT NULL,
  week_start date NOT NULL,
  format text NOT NULL DEFAULT 'html' CHECK (format IN ('html', 'pdf')),
  url text NOT NULL,
  generated_at timestamptz NOT NULL DEFAULT now(),
  sha256 text,
  bytes bigint,
  s3_key text,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX IF NOT EXISTS uq_report_artifacts_user_week_format ON report_artifacts (user_id, week_start, format);
CREATE INDEX IF NOT EXISTS ix_report_artifacts_user_week ON report_artifacts (user_id, week_start);
CREATE INDEX IF NOT EXISTS ix_report_artifacts_generated_at ON report_artifacts (generated_at);
CREATE TABLE drift_windows (
  id bigserial NOT NULL,
  start_at timestamptz NOT NULL,
  end_at timestamptz NOT NULL,
  population_tags jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id)
);
CREATE TABLE item_calibration (
  item_id text NOT NULL,
  window_id bigint NOT NULL,
  a_hat double precision,
  b_hat double precision,
  c_hat double precision,
  a_l95 double precision,
  a_u95 double precision,
  b_l95 double precision,
  b_u95 double precision,
  c_l95 double precision,
  c_u95 double precision,
  n integer,
  dif jsonb,
  info jsonb,
  run_id text,
  PRIMARY KEY (item_id, window_id)
);
CREATE TABLE drift_alerts (
  id bigserial NOT NULL,
  item_id text NOT NULL,
  window_id bigint,
  metric text NOT NULL,
  value double precision,
  threshold double precision,
  severity text,
  run_id text,
  resolved_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS ix_drift_alerts_item ON drift_alerts (item_id, window_id);
INSERT INTO seedtest_migrations (version, name) VALUES (1, 'target schema S1 to S21');
