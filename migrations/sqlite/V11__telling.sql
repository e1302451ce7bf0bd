-- What webhooks are told, each one until it was taken or is given up: in order for each page and webhook. An effect for both
-- says that something waits, and when it is tried next; bodies are read when they are sent.
CREATE TABLE telling (
    seq     INTEGER NOT NULL PRIMARY KEY,
    id      TEXT    NOT NULL UNIQUE, -- the receiver knows it by this
    page_id TEXT    NOT NULL,
    webhook TEXT    NOT NULL,
    event   TEXT    NOT NULL,
    tries   INTEGER NOT NULL,
    since   INTEGER, -- when it was tried first; NULL: not yet
    body    TEXT    NOT NULL
) STRICT;
CREATE INDEX telling_next ON telling (page_id, webhook, seq);

-- For whom an effect is, if that is a webhook: each takes its own, a few at a time.
ALTER TABLE effect ADD COLUMN webhook TEXT;
INSERT INTO telling (id, page_id, webhook, event, tries, body)
SELECT json_extract(body, '$.post.id'), json_extract(body, '$.post.page'), json_extract(body, '$.post.webhook'), 'step',
       attempts, json_extract(body, '$.post.body')
FROM effect WHERE queue = 'webhooks' AND json_extract(body, '$.post.id') IS NOT NULL
ORDER BY CAST(substr(json_extract(body, '$.post.id'), length(json_extract(body, '$.post.page')) + 2) AS INTEGER);
DELETE FROM effect WHERE queue = 'webhooks' AND json_extract(body, '$.post.id') IS NOT NULL;
INSERT INTO effect (id, queue, webhook, due, attempts, rev, holder, body)
SELECT 'post:' || page_id || ':' || webhook, 'webhooks', webhook, 0, 0, 0, NULL,
       json_object('post', json_object('webhook', webhook, 'page', page_id))
FROM telling GROUP BY page_id, webhook;

DROP INDEX effect_free;
CREATE INDEX effect_free ON effect (due, id) WHERE holder IS NULL AND webhook IS NULL;
CREATE INDEX effect_webhook ON effect (webhook, due, id) WHERE holder IS NULL AND webhook IS NOT NULL;
