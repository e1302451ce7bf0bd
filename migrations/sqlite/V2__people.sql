-- People in chats: whom a chat user was proved to be, what waits for such a proof, what people chose, who changed what.

CREATE TABLE link (
    chat    TEXT NOT NULL,
    user_id TEXT NOT NULL, -- the chat's own
    person  TEXT NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (chat, user_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX link_person ON link (chat, person); -- a person has one user in each chat

CREATE TABLE linking (
    chat    TEXT    NOT NULL,
    user_id TEXT    NOT NULL,
    version INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    body    TEXT    NOT NULL,
    PRIMARY KEY (chat, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX linking_at ON linking (at);

CREATE TABLE choice (
    person TEXT NOT NULL PRIMARY KEY,
    body   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    seq  INTEGER NOT NULL PRIMARY KEY, -- the order of the commits
    at   INTEGER NOT NULL,
    body TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_at ON audit (at);
