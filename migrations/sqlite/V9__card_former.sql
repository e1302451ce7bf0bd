-- Messages that a page's card was before its present one: their threads go on, and people write in them.
CREATE TABLE card_former (
    message TEXT NOT NULL PRIMARY KEY, -- the chat's own id of it
    card_id TEXT NOT NULL REFERENCES card (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX card_former_card ON card_former (card_id);

-- The way from a thread to the pages that were started in it.
CREATE INDEX card_thread ON card (json_extract(body, '$.place.thread')) WHERE kind = 'page';
-- And to those that the file posts into it: to the file, a thread is a channel.
CREATE INDEX card_channel ON card (json_extract(body, '$.place.channel')) WHERE kind = 'page';
