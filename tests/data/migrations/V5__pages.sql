-- What a database may hold when the migrations after V4 run.
INSERT INTO page (id, version, state, source, policy, grp, opened_at, closed_at, body)
VALUES ('paaaaaaaaaaaa', 3, 'triggered', 'prod', 'payments', 'db', 1767225600000000, NULL, '{}'),
       ('pbbbbbbbbbbbb', 9, 'closed', 'prod', 'payments', 'db', 1767225500000000, 1767225590000000, '{}'),
       ('pcccccccccccc', 1, 'exhausted', NULL, 'jack', '', 1767225600000001, NULL, '{}');
INSERT INTO page_person (person, page_id) VALUES ('jack', 'paaaaaaaaaaaa'), ('jack', 'pcccccccccccc');
INSERT INTO page_line (page_id, seq, at, event, detail)
VALUES ('paaaaaaaaaaaa', 1099511627779, 1767225600000000, 'opened', 'A page.');
