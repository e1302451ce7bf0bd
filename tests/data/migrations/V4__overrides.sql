-- What a database may hold when the migrations after V3 run.
INSERT INTO duty_override (id, seq, until, body)
VALUES ('oaaaaaa', 1099511627779, 1767232800000000, '{}');
