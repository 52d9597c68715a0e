SELECT item_id, model, params, version, run_id, fitted_at
FROM (
  SELECT item_id, model, params, version, run_id, fitted_at,
    row_number() OVER (PARTITION BY item_id, version ORDER BY fitted_at DESC) AS age
  FROM mirt_item_params
) ranked
WHERE age = 1
