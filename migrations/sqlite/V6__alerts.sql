-- Alerts: the last episode of each, and the page that it is part of.

CREATE TABLE alert (
    source      TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    page_id     TEXT    NOT NULL,
    starts_at   INTEGER NOT NULL,
    resolved_at INTEGER, -- NULL: its source has not said that it is over
    urgency     TEXT    NOT NULL,
    PRIMARY KEY (source, fingerprint)
) STRICT, WITHOUT ROWID;
-- The way from a page that is forgotten to its alerts.
CREATE INDEX alert_page ON alert (page_id);
