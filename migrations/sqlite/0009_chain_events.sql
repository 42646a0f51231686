-- Each event knows the row of the one before it in its account, and of the latest before it whose number is
-- a multiple of 64; the row that tells an account's latest event tells the same of that. So events need no
-- index, of which each write would change a page of its own.

CREATE TABLE new_event (
    id INTEGER PRIMARY KEY,
    bucket INTEGER NOT NULL,
    entity BLOB NOT NULL,
    account_key TEXT NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    card_id BLOB,
    at INTEGER NOT NULL,
    client BLOB NOT NULL,
    track TEXT,
    body TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL,
    before INTEGER,
    marked INTEGER
) STRICT;

INSERT INTO new_event (
    id, bucket, entity, account_key, seq, kind, card_id, at, client, track, body, previous, hash, before,
    marked
)
SELECT rowid, bucket, entity, account_key, seq, kind, card_id, at, client, track, body, previous, hash,
    lag(rowid) OVER chain,
    max(CASE WHEN seq % 64 = 0 THEN rowid END)
        OVER (chain ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
FROM event
WINDOW chain AS (PARTITION BY entity, account_key, bucket ORDER BY seq)
ORDER BY rowid;

ALTER TABLE account ADD COLUMN event_row INTEGER;

ALTER TABLE account ADD COLUMN event_marked INTEGER;

ALTER TABLE card ADD COLUMN event_row INTEGER;

ALTER TABLE card ADD COLUMN event_marked INTEGER;

UPDATE account SET
    event_row = (
        SELECT rowid FROM event e WHERE e.entity = account.entity AND e.account_key = account.account_key
        AND e.bucket = account.bucket AND e.seq = account.event_seq
    ),
    event_marked = (
        SELECT rowid FROM event e WHERE e.entity = account.entity AND e.account_key = account.account_key
        AND e.bucket = account.bucket AND e.seq = account.event_seq / 64 * 64
    );

UPDATE card SET
    event_row = (
        SELECT rowid FROM event e WHERE e.entity = card.entity AND e.account_key = card.account_key
        AND e.bucket = card.bucket AND e.seq = card.event_seq
    ),
    event_marked = (
        SELECT rowid FROM event e WHERE e.entity = card.entity AND e.account_key = card.account_key
        AND e.bucket = card.bucket AND e.seq = card.event_seq / 64 * 64
    )
WHERE event_seq > 0;

DROP TABLE event;

ALTER TABLE new_event RENAME TO event;
