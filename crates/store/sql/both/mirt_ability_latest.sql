SELECT user_id, theta, se, model, version, run_id, fitted_at
FROM (
  SELECT user_id, theta, se, model, version, run_id, fitted_at,
    row_number() OVER (PARTITION BY user_id, version ORDER BY fitted_at DESC) AS age
  FROM mirt_ability
) ranked
WHERE age = 1
