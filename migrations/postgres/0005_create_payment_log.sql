-- What became of payments with a card, and the card as it was then. Both stay when the card is deleted;
-- scrubbing it takes their contents. Contents are read back into the types that wrote them.

CREATE TABLE payment_log (
    bucket SMALLINT NOT NULL,
    id UUID NOT NULL,
    entity UUID NOT NULL,
    card_id UUID NOT NULL,
    snapshot_id UUID NOT NULL,
    at BIGINT NOT NULL,
    outcome JSON,
    PRIMARY KEY (bucket, id)
);

CREATE INDEX payment_log_of_card ON payment_log (entity, card_id);

CREATE TABLE snapshot (
    bucket SMALLINT NOT NULL,
    id UUID NOT NULL,
    entity UUID NOT NULL,
    card_id UUID NOT NULL,
    at BIGINT NOT NULL,
    face JSON,
    PRIMARY KEY (bucket, id)
);

CREATE INDEX snapshot_of_card ON snapshot (entity, card_id, id);

-- Queries walk through the snapshots of an entity in the order of ids.
CREATE INDEX snapshot_of_entity ON snapshot (entity, id);
