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
FROM seedtest_answer e
LEFT JOIN student_identity s ON s.user_id = e.user_id
