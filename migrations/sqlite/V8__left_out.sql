-- Alerts that are not in a body, or not of a page.

-- How many its sender left out of the last body about a page: so that whoever judges the next one need not read the page.
ALTER TABLE page ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;
UPDATE page SET left_out = coalesce(json_extract(body, '$.left_out'), 0) WHERE closed_at IS NULL;

-- One whose end we have heard of before its beginning is of no page, which is the empty text.
CREATE INDEX alert_alone ON alert (resolved_at) WHERE page_id = '';
