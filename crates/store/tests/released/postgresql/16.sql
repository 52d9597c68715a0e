INSERT INTO seedtest_migrations (version, name) VALUES (16, 'views of answers of earlier releases leave out voided answers');
