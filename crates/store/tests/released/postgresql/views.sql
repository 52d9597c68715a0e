-- The views of answers as they were.
-- Every cast of the attempt views goes through a function that answers null instead of failing.
-- The same rules in Rust: identity.rs and exam_answers.rs.

CREATE OR REPLACE FUNCTION seedtest_whole_number(value text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN value ~ '^[ \t\n\r\v\f]*[+-]?[0-9]{1,30}(\.0*)?[ \t\n\r\v\f]*$' THEN
      CASE WHEN value::numeric BETWEEN -9223372036854775808 AND 9223372036854775807
           THEN value::numeric::bigint END
  END
$$;

CREATE OR REPLACE FUNCTION seedtest_seconds(value text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN value ~ '^[ \t\n\r\v\f]*\+?([0-9]{1,30}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?[ \t\n\r\v\f]*$' THEN
      CASE WHEN value::numeric BETWEEN 0 AND 2147483 THEN value::numeric END
  END
$$;

CREATE OR REPLACE FUNCTION seedtest_truth(value text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN lower(value) IN ('true', 't', 'yes', 'y', 'on', '1') THEN true
    WHEN lower(value) IN ('false', 'f', 'no', 'n', 'off', '0') THEN false
  END
$$;

CREATE OR REPLACE FUNCTION seedtest_hash64(value text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ('x' || substr(md5(value), 1, 16))::bit(64)::bigint
$$;

CREATE OR REPLACE FUNCTION seedtest_student_id(user_id text) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN length(user_id) = 36 AND user_id ~ '^([0-9a-fA-F]{4}-?){7}[0-9a-fA-F]{4}$' THEN user_id::uuid
    ELSE md5(user_id)::uuid
  END
$$;
CREATE VIEW attempt_event AS
SELECT
  seedtest_hash64(r.id::text || '-' || (q.answer ->> 'question_id')) AS id,
  r.user_id::text AS user_id,
  seedtest_whole_number(q.answer ->> 'question_id')::text AS item_id,
  seedtest_whole_number(q.answer ->> 'question_id') AS item_number,
  CASE WHEN jsonb_typeof(q.answer -> 'topic') IN ('string', 'number', 'boolean')
       THEN NULLIF(q.answer ->> 'topic', '') END AS topic_id,
  r.session_id::text AS session_id,
  r.exam_id::text AS subject_id,
  COALESCE(r.updated_at, r.created_at) AS completed_at,
  COALESCE(seedtest_truth(q.answer ->> 'is_correct'), seedtest_truth(q.answer ->> 'correct')) AS correct,
  NULLIF(round(seedtest_seconds(q.answer ->> 'time_spent_sec') * 1000)::integer, 0) AS response_time_ms,
  round(seedtest_seconds(q.answer ->> 'time_spent_sec'))::integer AS duration_s,
  CASE WHEN seedtest_whole_number(q.answer ->> 'used_hints') BETWEEN 0 AND 2147483647
       THEN seedtest_whole_number(q.answer ->> 'used_hints')::integer END AS used_hints,
  r.id::text AS exam_result_id,
  q.position::integer AS position
FROM exam_results r
CROSS JOIN LATERAL jsonb_array_elements(
  CASE WHEN jsonb_typeof(r.result_json -> 'questions') = 'array'
       THEN r.result_json -> 'questions' ELSE '[]'::jsonb END
) WITH ORDINALITY AS q(answer, position)
WHERE seedtest_whole_number(q.answer ->> 'question_id') IS NOT NULL
  AND COALESCE(r.updated_at, r.created_at) IS NOT NULL
UNION ALL
SELECT
  l.id,
  l.user_id,
  l.item_id,
  COALESCE(seedtest_whole_number(l.item_id), seedtest_hash64(l.item_id)),
  l.topic_id,
  l.session_id,
  l.subject_id,
  l.completed_at,
  l.correct,
  l.response_time_ms,
  round(l.response_time_ms / 1000.0)::integer,
  l.used_hints,
  NULL::text,
  0
FROM attempt_log l;
CREATE VIEW attempt AS
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
  topic_id
FROM attempt_event;
CREATE VIEW attempt_ext AS
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
FROM attempt_event;
