-- What a database may hold when the migrations after V8 run.
UPDATE page SET left_out = 7 WHERE id = 'paaaaaaaaaaaa';
INSERT INTO alert (source, fingerprint, version, page_id, starts_at, resolved_at, urgency)
VALUES ('prod', 'b7b1d7e0c6d0b5b7', 1, '', 1767225400000000, 1767225590000000, 'high');
