-- What a database may hold when the migrations after V10 run.
INSERT INTO page_news (page_id, call_id, outcome) VALUES ('paaaaaaaaaaaa', 'cbbbbbbbbbbbb', 'NoAnswer');
INSERT INTO page_line (page_id, seq, n, at, event, detail)
VALUES ('paaaaaaaaaaaa', 1099511627790, 7, 1767225601000000, 'rung', 'Ringing jack.');
INSERT INTO page_alert (page_id, place, fingerprint, state, era, body)
VALUES ('paaaaaaaaaaaa', 3, 'f4', 'firing', NULL, '{}');
