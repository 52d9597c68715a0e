SELECT
  user_id,
  theta AS mean,
  se AS sd,
  theta,
  se,
  fitted_at,
  fitted_at AS updated_at,
  fitted_at AS created_at
FROM mirt_ability_latest
