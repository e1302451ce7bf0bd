-- Pages: runs of an escalation policy.

CREATE TABLE page (
    id        TEXT    NOT NULL PRIMARY KEY,
    version   INTEGER NOT NULL,
    state     TEXT    NOT NULL,
    source    TEXT, -- NULL: a person started it
    policy    TEXT    NOT NULL,
    grp       TEXT    NOT NULL, -- what of its source belongs together
    opened_at INTEGER NOT NULL,
    closed_at INTEGER, -- NULL exactly while it is open
    body      TEXT    NOT NULL
) STRICT;
CREATE INDEX page_open ON page (opened_at, id) WHERE closed_at IS NULL;
CREATE INDEX page_closed ON page (closed_at, id) WHERE closed_at IS NOT NULL;
-- An alert joins the one open page of its source, policy and group.
CREATE UNIQUE INDEX page_group ON page (source, policy, grp) WHERE closed_at IS NULL AND source IS NOT NULL;
-- Whose turn it is, by counting.
CREATE INDEX page_policy ON page (policy);

-- Whom an open page concerns: the way to one's own pages.
CREATE TABLE page_person (
    person  TEXT NOT NULL,
    page_id TEXT NOT NULL REFERENCES page (id),
    PRIMARY KEY (person, page_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE page_line (
    page_id TEXT    NOT NULL REFERENCES page (id),
    seq     INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    event   TEXT    NOT NULL,
    detail  TEXT    NOT NULL,
    PRIMARY KEY (page_id, seq)
) STRICT, WITHOUT ROWID;

-- The way from a message, whose thread somebody writes in, to its card.
CREATE INDEX card_message ON card (json_extract(body, '$.message'));
