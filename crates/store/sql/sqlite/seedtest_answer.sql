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
LEFT JOIN item_identity i ON i.item_id = l.item_id
WHERE l.voided_at IS NULL
