SELECT id, user_id, week_start, format, url, generated_at, sha256, bytes, s3_key
FROM report_artifacts
