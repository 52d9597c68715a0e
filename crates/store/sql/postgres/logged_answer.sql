SELECT{place}
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
FROM attempt_log l
WHERE l.voided_at IS NULL
