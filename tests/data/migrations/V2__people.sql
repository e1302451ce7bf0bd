-- What a database may hold when the migrations after V2 run.
INSERT INTO link (chat, user_id, person, body)
VALUES ('discord', '80351110224678912', 'jack', '{}');
INSERT INTO linking (chat, user_id, version, at, body)
VALUES ('desk', 'eve', 2, 1767225600000000, '{}');
INSERT INTO choice (person, body)
VALUES ('jack', '{"hours":{"hours":"22:00-07:00"},"until":null}');
INSERT INTO audit (seq, at, body)
VALUES (1099511627779, 1767225600000000, '{}');
