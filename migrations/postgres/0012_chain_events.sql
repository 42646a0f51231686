-- Each event knows when the one before it in its account happened, and when the latest before it did whose
-- number is a multiple of 64. The row that tells an account's latest event tells when that was, too, and so
-- events are found from there by their times: they lie in the order in which they came, and so does their
-- index. One by accounts had each write change a page of its own.
--
-- That an account's events have different numbers was for their key to say. Now the account's row does, and
-- that of its lone card, which from here on tells the latest event even if the account's row is written.

ALTER TABLE event ADD COLUMN before_at BIGINT;

ALTER TABLE event ADD COLUMN marked_at BIGINT;

ALTER TABLE account ADD COLUMN event_marked BIGINT;

ALTER TABLE card ADD COLUMN event_marked BIGINT;

ALTER TABLE event DROP CONSTRAINT event_pkey;

UPDATE event e SET before_at = l.before_at, marked_at = l.marked_at
FROM (
    SELECT n.bucket, n.entity, n.account_key, n.seq, b.at AS before_at, m.at AS marked_at
    FROM event n
    JOIN event b ON b.bucket = n.bucket AND b.entity = n.entity AND b.account_key = n.account_key
        AND b.seq = n.seq - 1
    LEFT JOIN event m ON m.bucket = n.bucket AND m.entity = n.entity AND m.account_key = n.account_key
        AND m.seq = (n.seq - 1) / 64 * 64 AND n.seq > 64
) l
WHERE l.bucket = e.bucket AND l.entity = e.entity AND l.account_key = e.account_key AND l.seq = e.seq;

UPDATE account a SET event_marked = m.at FROM event m
WHERE m.bucket = a.bucket AND m.entity = a.entity AND m.account_key = a.account_key
AND a.event_seq >= 64 AND m.seq = a.event_seq / 64 * 64;

UPDATE card c SET event_marked = m.at FROM event m
WHERE m.bucket = c.bucket AND m.entity = c.entity AND m.account_key = c.account_key
AND c.event_seq >= 64 AND m.seq = c.event_seq / 64 * 64;

UPDATE card c SET event_seq = a.event_seq, event_head = a.event_head, event_marked = a.event_marked
FROM account a
WHERE a.bucket = c.bucket AND a.lone_card = c.id AND a.event_seq > c.event_seq;

CREATE INDEX event_by_time ON event (at, bucket);
