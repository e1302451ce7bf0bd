-- What a database may hold when the migrations after V9 run.
INSERT INTO card (id, kind, body)
VALUES ('pcccccccccccc', 'page', '{"id":"pcccccccccccc","kind":"page","place":{"chat":"discord","channel":"7","thread":"9"},"by":"ana","message":"9/12","shown":"x","lines":1,"shown_at":null,"retired":false}');
INSERT INTO card_former (message, card_id) VALUES ('9/11', 'pcccccccccccc');
INSERT INTO effect (id, queue, due, attempts, rev, holder, body)
VALUES ('post:paaaaaaaaaaaa-10-ticket', 'webhooks', 1767225601000000, 0, 1099511627781, NULL,
        '{"post":{"id":"paaaaaaaaaaaa-10-ticket","webhook":"ticket","page":"paaaaaaaaaaaa","body":"{\"step\":10}"}}'),
       ('post:paaaaaaaaaaaa-9-ticket', 'webhooks', 1767225602000000, 3, 1099511627782, 'gone',
        '{"post":{"id":"paaaaaaaaaaaa-9-ticket","webhook":"ticket","page":"paaaaaaaaaaaa","body":"{\"step\":9}"}}');
