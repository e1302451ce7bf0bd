-- What a database may hold when the migrations after V11 run.
INSERT INTO telling (id, page_id, webhook, event, tries, since, body)
VALUES ('pcccccccccccc-v3-ticket', 'pcccccccccccc', 'ticket', 'acknowledged', 1, 1767225600000000, '{"event":"page.acknowledged"}');
INSERT INTO effect (id, queue, webhook, due, attempts, rev, holder, body)
VALUES ('post:pcccccccccccc:ticket', 'webhooks', 'ticket', 1767225602000000, 1, 1099511627790, NULL,
        '{"post":{"webhook":"ticket","page":"pcccccccccccc"}}');
