-- The views of answers as they were.
CREATE VIEW attempt_event AS
SELECT
  a.id AS id,
  r.user_id AS user_id,
  CAST(a.item_number AS TEXT) AS item_id,
  a.item_number AS item_number,
  a.topic_id AS topic_id,
  r.session_id AS session_id,
  CAST(r.exam_id AS TEXT) AS subject_id,
  COALESCE(r.updated_at, r.created_at) AS completed_at,
  a.correct AS correct,
  a.response_time_ms AS response_time_ms,
  a.duration_s AS duration_s,
  a.used_hints AS used_hints,
  r.id AS exam_result_id,
  a.position AS position
FROM exam_answer a
JOIN exam_results r ON r.id = a.exam_result_id
UNION ALL
SELECT
  l.id,
  l.user_id,
  l.item_id,
  i.item_number,
  l.topic_id,
  l.session_id,
  l.subject_id,
  l.completed_at,
  l.correct,
  l.response_time_ms,
  CAST(round(l.response_time_ms / 1000.0) AS INTEGER),
  l.used_hints,
  NULL,
  0
FROM attempt_log l
LEFT JOIN item_identity i ON i.item_id = l.item_id;
CREATE VIEW attempt AS
SELECT
  e.id AS id,
  s.student_id AS student_id,
  e.item_number AS item_id,
  COALESCE(e.correct, 0) AS correct,
  COALESCE(e.response_time_ms, 0) AS response_time_ms,
  COALESCE(e.used_hints, 0) > 0 AS hint_used,
  e.completed_at AS completed_at,
  strftime('%Y-%m-%dT%H:%M:%S', substr(e.completed_at, 1, 19), '-' || COALESCE(e.duration_s, 0) || ' seconds')
    || substr(e.completed_at, 20) AS started_at,
  row_number() OVER (
    PARTITION BY s.student_id, e.item_number
    ORDER BY e.completed_at, e.exam_result_id NULLS LAST, e.position, e.id
  ) AS attempt_no,
  e.session_id AS session_id,
  e.topic_id AS topic_id
FROM attempt_event e
LEFT JOIN student_identity s ON s.user_id = e.user_id;
CREATE VIEW attempt_ext AS
SELECT
  e.id AS id,
  s.student_id AS student_id,
  e.item_number AS item_id,
  COALESCE(e.correct, 0) AS correct,
  COALESCE(e.response_time_ms, 0) AS response_time_ms,
  COALESCE(e.used_hints, 0) > 0 AS hint_used,
  e.completed_at AS completed_at,
  strftime('%Y-%m-%dT%H:%M:%S', substr(e.completed_at, 1, 19), '-' || COALESCE(e.duration_s, 0) || ' seconds')
    || substr(e.completed_at, 20) AS started_at,
  row_number() OVER (
    PARTITION BY s.student_id, e.item_number
    ORDER BY e.completed_at, e.exam_result_id NULLS LAST, e.position, e.id
  ) AS attempt_no,
  e.session_id AS session_id,
  e.topic_id AS topic_id,
  e.user_id AS user_id_text,
  e.item_id AS item_id_text,
  e.correct AS correct_raw,
  e.response_time_ms AS response_time_ms_raw,
  e.used_hints AS used_hints,
  CASE WHEN e.session_id IS NOT NULL THEN
    sum(e.response_time_ms) OVER (PARTITION BY e.user_id, e.session_id) / 1000.0
  END AS session_duration_s,
  e.subject_id AS subject_id
FROM attempt_event e
LEFT JOIN student_identity s ON s.user_id = e.user_id;
