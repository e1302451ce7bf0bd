-- Changes of schedules for a span, made in chat.
CREATE TABLE duty_override (
    id    TEXT    NOT NULL PRIMARY KEY,
    seq   INTEGER NOT NULL, -- the order in which they were made: each is laid over those before it
    until INTEGER NOT NULL, -- the first instant at which it holds no more
    body  TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX duty_override_until ON duty_override (until);
