-- Small things that only an adapter knows, such as which commands a chat has been given.
CREATE TABLE kept (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
