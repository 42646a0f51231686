-- Where nothing but the only card of an account changes, that card's row notes what the account's latest
-- event is, and the account's own is not written: the later of the two is right. The lone card is the one
-- that came with the account, as long as it is there and no other has come. Of accounts that are here
-- already it is not known, so they are written as before.

ALTER TABLE account ADD COLUMN lone_card UUID;

ALTER TABLE card ADD COLUMN event_seq BIGINT NOT NULL DEFAULT 0;

ALTER TABLE card ADD COLUMN event_head BYTEA;
