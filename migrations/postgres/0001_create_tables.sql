-- Everything is filed under a bucket: every key starts with it and every statement names it. So a
-- request touches one part of the key space, and on Citus
-- `create_distributed_table('account', 'bucket')` and the same for the others, colocated, is all it
-- takes. That is also why nothing here is referenced across tables and why no unique constraint
-- leaves the bucket out; `entity` and `client` are small and become reference tables.
--
-- Times are microseconds since 1970. Text that is a key or is sorted by has the "C" collation, so
-- that equality is a comparison of bytes and the order is the same on every machine. JSON is kept
-- as the text that came (JSON, not JSONB): custom fields keep their order, and the body of an event,
-- whose bytes are hashed, is plain TEXT.
--
-- No index holds a column that an ordinary change of a card touches, and pages keep some room, so
-- that such a change is a heap-only update.

CREATE TABLE entity (
    id UUID PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    wrapped_keys BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE client (
    id UUID PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    secret_hash BYTEA NOT NULL,
    entities UUID[] NOT NULL,
    rights SMALLINT NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);

CREATE TABLE account (
    bucket SMALLINT NOT NULL,
    entity UUID NOT NULL,
    account_key TEXT COLLATE "C" NOT NULL,
    id UUID NOT NULL,
    number TEXT COLLATE "C",
    default_card UUID,
    version BIGINT NOT NULL,
    event_seq BIGINT NOT NULL,
    event_head BYTEA NOT NULL,
    details JSON NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (bucket, entity, account_key)
) WITH (fillfactor = 85);

CREATE TABLE card (
    bucket SMALLINT NOT NULL,
    id UUID NOT NULL,
    entity UUID NOT NULL,
    account_key TEXT COLLATE "C" NOT NULL,
    card_type TEXT COLLATE "C" NOT NULL,
    bin TEXT COLLATE "C",
    last4 TEXT COLLATE "C",
    digits SMALLINT,
    sealed BYTEA,
    key_version INTEGER,
    fingerprint BYTEA,
    expiry_month SMALLINT NOT NULL,
    expiry_year SMALLINT NOT NULL,
    holder_name TEXT COLLATE "C",
    holder JSON NOT NULL,
    extras JSON NOT NULL,
    custom JSON NOT NULL,
    activity JSON NOT NULL,
    failures SMALLINT NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    retry_use_default BOOLEAN NOT NULL,
    retry_window SMALLINT,
    retry_max SMALLINT,
    created_at BIGINT NOT NULL,
    created_by UUID NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by UUID NOT NULL,
    PRIMARY KEY (bucket, id)
) WITH (fillfactor = 85);

-- Lists of an account's cards, and the search for one that looks the same as another.
CREATE INDEX card_of_account ON card (bucket, entity, account_key, last4);

-- Queries walk through the cards of an entity in the order of ids. Ids grow with time, so new
-- entries go to the end.
CREATE INDEX card_of_entity ON card (entity, id);

-- Cards that nobody gave to an account in time are forgotten.
CREATE INDEX card_without_account ON card (created_at) WHERE account_key LIKE '~%';

-- The audit trail, the change feed and the outbox of callouts are this one table.
CREATE TABLE event (
    bucket SMALLINT NOT NULL,
    entity UUID NOT NULL,
    account_key TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    card_id UUID,
    at BIGINT NOT NULL,
    client UUID NOT NULL,
    track TEXT COLLATE "C",
    body TEXT COLLATE "C" NOT NULL,
    previous BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (bucket, entity, account_key, seq)
);

-- The first answer to a request that came with an idempotency key. The outcome is plain text: it is
-- read back into the type that wrote it and is never searched.
CREATE TABLE receipt (
    bucket SMALLINT NOT NULL,
    entity UUID NOT NULL,
    key BYTEA NOT NULL,
    request BYTEA NOT NULL,
    outcome TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (bucket, entity, key)
);

CREATE INDEX receipt_by_time ON receipt (at);

-- Other names of accounts, and where a card that left its first account lives now.
CREATE TABLE alias (
    bucket SMALLINT NOT NULL,
    entity UUID NOT NULL,
    alias TEXT COLLATE "C" NOT NULL,
    account_key TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (bucket, entity, alias)
);
