SELECT{place}
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
