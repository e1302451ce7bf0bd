-- What a database may hold when the migrations after V6 run.
INSERT INTO alert (source, fingerprint, version, page_id, starts_at, resolved_at, urgency)
VALUES ('prod', 'b7b1d7e0c6d0b5b5', 2, 'paaaaaaaaaaaa', 1767225590000000, NULL, 'high'),
       ('prod', 'b7b1d7e0c6d0b5b6', 1, 'pbbbbbbbbbbbb', 1767225400000000, 1767225590000000, 'low');
