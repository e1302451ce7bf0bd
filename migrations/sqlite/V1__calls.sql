-- Instants are microseconds since 1970-01-01T00:00Z. A body is JSON and holds what no query asks for.
-- Where the twin for PostgreSQL differs: BIGINT for INTEGER, COLLATE "C" for call.id, a sequence for epoch.

-- Deliveries from outside, and what was answered.
CREATE TABLE inbox (
    delivery_key TEXT    NOT NULL PRIMARY KEY,
    at           INTEGER NOT NULL,
    receipt      TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_at ON inbox (at);

CREATE TABLE call (
    id             TEXT    NOT NULL PRIMARY KEY,
    version        INTEGER NOT NULL,
    state          TEXT    NOT NULL,
    by_person      TEXT    NOT NULL,
    room           TEXT    NOT NULL,
    engine_call_id TEXT,
    placed_at      INTEGER NOT NULL,
    ended_at       INTEGER, -- NULL exactly while it has not ended
    body           TEXT    NOT NULL
) STRICT;
CREATE INDEX call_open ON call (placed_at, id) WHERE ended_at IS NULL;
CREATE INDEX call_ended ON call (ended_at, id) WHERE ended_at IS NOT NULL;
CREATE INDEX call_room ON call (room); -- not unique: the calls of a page share a room
CREATE INDEX call_engine ON call (engine_call_id) WHERE engine_call_id IS NOT NULL;

-- Who had a part in an ended call, as caller or callee: the way to a person's history.
CREATE TABLE leg (
    call_id  TEXT NOT NULL REFERENCES call (id),
    person   TEXT NOT NULL,
    ended_at INTEGER NOT NULL, -- the call's
    PRIMARY KEY (call_id, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX leg_history ON leg (person, ended_at, call_id);

CREATE TABLE timeline (
    call_id TEXT    NOT NULL REFERENCES call (id),
    seq     INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    event   TEXT    NOT NULL,
    detail  TEXT    NOT NULL,
    PRIMARY KEY (call_id, seq)
) STRICT, WITHOUT ROWID;

-- To do outside.
CREATE TABLE effect (
    id       TEXT    NOT NULL PRIMARY KEY,
    queue    TEXT    NOT NULL,
    due      INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    rev      INTEGER NOT NULL,
    holder   TEXT, -- NULL: free, whoever claims it carries it out
    body     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX effect_free ON effect (due, id) WHERE holder IS NULL;

-- Due later.
CREATE TABLE timer (
    id     TEXT    NOT NULL PRIMARY KEY,
    due    INTEGER NOT NULL,
    holder TEXT,
    body   TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX timer_free ON timer (due, id) WHERE holder IS NULL;

-- Until when a process holds all its effects and timers: one row to prolong, however many it has in hand.
CREATE TABLE holder (
    name  TEXT    NOT NULL PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Cards as they were last shown. A call's card that was never shown has no row.
CREATE TABLE card (
    id   TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX card_board ON card (id) WHERE kind = 'board';

-- Questions that wait for their button.
CREATE TABLE ask (
    id       TEXT    NOT NULL PRIMARY KEY,
    asked_at INTEGER NOT NULL,
    body     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ask_asked ON ask (asked_at);

-- Uses of limits, oldest first. Two at one instant are two. No index: it is read whole, at the start and at a reload.
CREATE TABLE spent (
    at  INTEGER NOT NULL,
    key TEXT    NOT NULL
) STRICT;

-- How often the database was opened: the upper bits of effect.rev, so that no revision ever comes twice.
CREATE TABLE epoch (
    value INTEGER NOT NULL
) STRICT;
INSERT INTO epoch (value) VALUES (0);
