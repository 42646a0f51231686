-- What became of payments with a card, and the card as it was then. Both stay when the card is deleted;
-- scrubbing it takes their contents. Contents are read back into the types that wrote them.

CREATE TABLE payment_log (
    bucket INTEGER NOT NULL,
    id BLOB NOT NULL,
    entity BLOB NOT NULL,
    card_id BLOB NOT NULL,
    snapshot_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    outcome TEXT,
    PRIMARY KEY (id, bucket)
) STRICT, WITHOUT ROWID;

CREATE INDEX payment_log_of_card ON payment_log (entity, card_id);

CREATE TABLE snapshot (
    bucket INTEGER NOT NULL,
    id BLOB NOT NULL,
    entity BLOB NOT NULL,
    card_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    face TEXT,
    PRIMARY KEY (id, bucket)
) STRICT, WITHOUT ROWID;

CREATE INDEX snapshot_of_card ON snapshot (entity, card_id, id);

-- Queries walk through the snapshots of an entity in the order of ids.
CREATE INDEX snapshot_of_entity ON snapshot (entity, id);
