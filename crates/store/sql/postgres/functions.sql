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
