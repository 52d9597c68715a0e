SELECT
  id,
  seedtest_student_id(user_id) AS student_id,
  item_number AS item_id,
  COALESCE(correct, false) AS correct,
  COALESCE(response_time_ms, 0) AS response_time_ms,
  COALESCE(used_hints, 0) > 0 AS hint_used,
  completed_at,
  completed_at - make_interval(secs => COALESCE(duration_s, 0)) AS started_at,
  (row_number() OVER (
    PARTITION BY seedtest_student_id(user_id), item_number
    ORDER BY completed_at, exam_result_id NULLS LAST, position, id
  ))::integer AS attempt_no,
  session_id,
  topic_id,
  user_id AS user_id_text,
  item_id AS item_id_text,
  correct AS correct_raw,
  response_time_ms AS response_time_ms_raw,
  used_hints,
  CASE WHEN session_id IS NOT NULL THEN
    sum(response_time_ms) OVER (PARTITION BY user_id, session_id) / 1000.0::double precision
  END AS session_duration_s,
  subject_id
FROM seedtest_answer
