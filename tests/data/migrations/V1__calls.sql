-- What a database may hold when the migrations after V1 run.
INSERT INTO inbox (delivery_key, at, receipt)
VALUES ('desk:1', 1767225600000000, '{"text":"Calling jack.","private":false,"card":"caaaaaaaaaaaa","buttons":[]}');
INSERT INTO call (id, version, state, by_person, room, engine_call_id, placed_at, ended_at, body)
VALUES ('caaaaaaaaaaaa', 3, 'ringing', 'ana', 'co_caaaaaaaaaaaa', 'engine-1', 1767225600000000, NULL, '{}'),
       ('cbbbbbbbbbbbb', 5, 'ended', 'ana', 'co_cbbbbbbbbbbbb', NULL, 1767225500000000, 1767225560000000, '{}');
INSERT INTO leg (call_id, person, ended_at)
VALUES ('cbbbbbbbbbbbb', 'ana', 1767225560000000),
       ('cbbbbbbbbbbbb', 'mira', 1767225560000000);
INSERT INTO timeline (call_id, seq, at, event, detail)
VALUES ('caaaaaaaaaaaa', 1, 1767225600000000, 'placed', 'ana asked to ring jack.'),
       ('caaaaaaaaaaaa', 2, 1767225600020000, 'dialed', 'The engine rings jack.');
INSERT INTO effect (id, queue, due, attempts, rev, holder, body)
VALUES ('report:caaaaaaaaaaaa', 'desk', 1767225600000000, 0, 1099511627777, 'one',
        '{"report":{"card":"caaaaaaaaaaaa","chat":"desk"}}'),
       ('dial:caaaaaaaaaaaa', 'engine', 1767225600000000, 1, 1099511627778, NULL, '{"dial":"caaaaaaaaaaaa"}');
INSERT INTO timer (id, due, holder, body)
VALUES ('ring_over:caaaaaaaaaaaa', 1767225645000000, NULL, '{"ring_over":"caaaaaaaaaaaa"}');
INSERT INTO holder (name, until) VALUES ('one', 1767225630000000);
INSERT INTO card (id, kind, body)
VALUES ('caaaaaaaaaaaa', 'call', '{}'),
       ('board_aaaaaaaaaaaa', 'board', '{}');
INSERT INTO ask (id, asked_at, body)
VALUES ('ask_aaaaaaaaaaaa', 1767225600000000, '{}');
INSERT INTO spent (at, key)
VALUES (1767225600000000, 'caller:ana'),
       (1767225600000000, 'callee:jack');
