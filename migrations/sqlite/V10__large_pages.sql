-- What a page costs does not grow with how long it goes on.

-- The calls of a page that are over, and whose end it has not decided on as it is: it has not heard of it, or was told
-- otherwise before. A page that has heard takes them away.
CREATE TABLE page_news (
    page_id TEXT NOT NULL,
    call_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    PRIMARY KEY (page_id, call_id)
) STRICT, WITHOUT ROWID;
INSERT INTO page_news (page_id, call_id, outcome)
SELECT page.id, call.id, coalesce(json_extract(call.body, '$.outcome'), 'Unknown')
FROM page, json_each(page.body, '$.rings') AS ring
JOIN call ON call.id = json_extract(ring.value, '$.call')
WHERE call.ended_at IS NOT NULL
  AND coalesce(json_extract(call.body, '$.outcome'), 'Unknown') IS NOT json_extract(ring.value, '$.outcome');
-- And those that are not over, without a look at the others.
CREATE INDEX call_room_open ON call (room, placed_at, id) WHERE ended_at IS NULL;

-- Which line of its page it is, from 0: those between may have been left out.
ALTER TABLE page_line ADD COLUMN n INTEGER NOT NULL DEFAULT 0;
UPDATE page_line SET n = counted.n
FROM (SELECT page_id, seq, row_number() OVER (PARTITION BY page_id ORDER BY seq) - 1 AS n FROM page_line) AS counted
WHERE counted.page_id = page_line.page_id AND counted.seq = page_line.seq;

-- Alerts of pages: a row each, so that a page is read and written without all of them.
CREATE TABLE page_alert (
    page_id     TEXT    NOT NULL REFERENCES page (id),
    place       INTEGER NOT NULL, -- in order of arrival
    fingerprint TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    era         INTEGER, -- in which it was acknowledged at its source: NULL, or one before the page's, which is no more
    body        TEXT    NOT NULL,
    PRIMARY KEY (page_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX page_alert_known ON page_alert (page_id, fingerprint);
CREATE INDEX page_alert_firing ON page_alert (page_id, place) WHERE state = 'firing';
CREATE INDEX page_alert_over ON page_alert (page_id, place) WHERE state = 'resolved';
INSERT INTO page_alert (page_id, place, fingerprint, state, era, body)
SELECT page.id, alert.key, json_extract(alert.value, '$.fingerprint'), json_extract(alert.value, '$.state'),
       CASE WHEN json_extract(alert.value, '$.acknowledged') THEN 0 END, alert.value
FROM page, json_each(page.body, '$.alerts') AS alert;
-- What a page itself knows of them.
UPDATE page SET body = json_set(body, '$.alerts', json((
    SELECT json_object('total', count(*), 'firing', coalesce(sum(state = 'firing'), 0), 'loose', coalesce(sum(state = 'firing' AND era IS NULL), 0),
                       'labels', coalesce(sum(bytes), 0), 'next', count(*), 'era', 0)
    FROM (SELECT state, era, (SELECT coalesce(sum(length(CAST(key AS BLOB)) + length(CAST(value AS BLOB))), 0)
                              FROM json_each(page_alert.body, '$.labels')) AS bytes
          FROM page_alert WHERE page_id = page.id))))
WHERE json_type(body, '$.alerts') = 'array';
