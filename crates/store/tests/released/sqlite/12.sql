INSERT INTO seedtest_migrations (version, name) VALUES (12, 'beside tables and views of others; nulls pass conditions');
