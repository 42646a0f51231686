-- Everything is filed under a bucket, as in the other database: every key starts with it and every
-- statement names it, so that the same data can be spread over machines later.
--
-- Rows live in the tree of their primary key (WITHOUT ROWID): one search finds them and no second
-- index has to be kept. Events do not: they are only ever added, so they go to the end of their
-- table, and what is written here and there is a small index.
--
-- Times are microseconds since 1970, ids are their sixteen bytes, and JSON is kept as the text that
-- came: custom fields keep their order.
--
-- No index holds a column that an ordinary change of a card touches.

CREATE TABLE entity (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL UNIQUE,
    wrapped_keys BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE client (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL,
    secret_hash BLOB NOT NULL,
    entities TEXT NOT NULL,
    rights INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    disabled_at INTEGER
) STRICT;

CREATE TABLE account (
    bucket INTEGER NOT NULL,
    entity BLOB NOT NULL,
    account_key TEXT NOT NULL,
    id BLOB NOT NULL,
    number TEXT,
    default_card BLOB,
    version INTEGER NOT NULL,
    event_seq INTEGER NOT NULL,
    event_head BLOB NOT NULL,
    details TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (bucket, entity, account_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE card (
    bucket INTEGER NOT NULL,
    id BLOB NOT NULL,
    entity BLOB NOT NULL,
    account_key TEXT NOT NULL,
    card_type TEXT NOT NULL,
    bin TEXT,
    last4 TEXT,
    digits INTEGER,
    sealed BLOB,
    key_version INTEGER,
    fingerprint BLOB,
    expiry_month INTEGER NOT NULL,
    expiry_year INTEGER NOT NULL,
    holder_name TEXT,
    holder TEXT NOT NULL,
    extras TEXT NOT NULL,
    custom TEXT NOT NULL,
    activity TEXT NOT NULL,
    failures INTEGER NOT NULL,
    status TEXT NOT NULL,
    retry_use_default INTEGER NOT NULL,
    retry_window INTEGER,
    retry_max INTEGER,
    created_at INTEGER NOT NULL,
    created_by BLOB NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by BLOB NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Lists of an account's cards, and the search for one that looks the same as another.
CREATE INDEX card_of_account ON card (bucket, entity, account_key, last4);

-- Queries walk through the cards of an entity in the order of ids. Ids grow with time, so new
-- entries go to the end.
CREATE INDEX card_of_entity ON card (entity, id);

-- Cards that nobody gave to an account in time are forgotten.
CREATE INDEX card_without_account ON card (created_at) WHERE substr(account_key, 1, 1) = '~';

-- The audit trail, the change feed and the outbox of callouts are this one table.
CREATE TABLE event (
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
    PRIMARY KEY (bucket, entity, account_key, seq)
) STRICT;

-- The first answer to a request that came with an idempotency key.
CREATE TABLE receipt (
    bucket INTEGER NOT NULL,
    entity BLOB NOT NULL,
    key BLOB NOT NULL,
    request BLOB NOT NULL,
    outcome TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (bucket, entity, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX receipt_by_time ON receipt (at);

-- Other names of accounts, and where a card that left its private account lives now.
CREATE TABLE alias (
    bucket INTEGER NOT NULL,
    entity BLOB NOT NULL,
    alias TEXT NOT NULL,
    account_key TEXT NOT NULL,
    PRIMARY KEY (bucket, entity, alias)
) STRICT, WITHOUT ROWID;
