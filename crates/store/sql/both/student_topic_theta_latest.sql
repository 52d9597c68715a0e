SELECT user_id, topic_id, theta, se, model, version, fitted_at, run_id
FROM (
  SELECT user_id, topic_id, theta, se, model, version, fitted_at, run_id,
    row_number() OVER (PARTITION BY user_id, topic_id ORDER BY fitted_at DESC) AS age
  FROM student_topic_theta
) ranked
WHERE age = 1
