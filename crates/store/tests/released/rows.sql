-- Rows that every release could hold.
INSERT INTO question (id, content) VALUES (7, 'What?');
INSERT INTO exam_results (session_id, user_id, result_json) VALUES ('s', 'amy', '{"questions": []}');
INSERT INTO classroom (id, org_id, name) VALUES ('c', 'o', 'n');
INSERT INTO attempt_log (id, user_id, item_id, completed_at, correct)
  VALUES (1, 'amy', '7', '2024-01-01T10:00:00.000000Z', true);
INSERT INTO mirt_ability (user_id, theta, version, fitted_at) VALUES ('amy', 0.5, 'v1', '2024-01-01T00:00:00.000000Z');
INSERT INTO mirt_fit_meta (run_id, fitted_at) VALUES ('old', '2024-01-01T00:00:00.000000Z');
INSERT INTO student_topic_theta (user_id, topic_id, theta, fitted_at)
  VALUES ('amy', 't', 0.25, '2024-01-01T00:00:00.000000Z');
INSERT INTO weekly_kpi (user_id, week_start, kpis) VALUES ('amy', '2024-01-01', '{"P": 0.5}');
INSERT INTO survival_risk (user_id, risk_score) VALUES ('amy', 0.5);
INSERT INTO growth_glmm_meta (run_id) VALUES ('old');
INSERT INTO survival_fit_meta (run_id) VALUES ('old');
INSERT INTO drift_windows (start_at, end_at)
  VALUES ('2024-01-01T00:00:00.000000Z', '2024-02-01T00:00:00.000000Z');
