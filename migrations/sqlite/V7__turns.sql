-- Whose turn it is at a policy: counted up by the commits that open its pages.
CREATE TABLE policy_turn (
    policy TEXT    NOT NULL PRIMARY KEY,
    next   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO policy_turn (policy, next) SELECT policy, count(*) FROM page GROUP BY policy;
-- Counting went by this one. What is asked of a policy by now is which of its pages are open.
DROP INDEX page_policy;
CREATE INDEX page_open_policy ON page (policy, id) WHERE closed_at IS NULL;
