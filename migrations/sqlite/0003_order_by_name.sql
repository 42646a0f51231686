-- What is written together lies together. Keys began with the bucket, so that every row of an upload
-- had a page of its own to be written. Here, where nothing is spread over machines, they end with it:
-- the accounts of an upload in the order of their numbers are neighbours, and new cards go to the end.

CREATE TABLE new_account (
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
    PRIMARY KEY (entity, account_key, bucket)
) STRICT, WITHOUT ROWID;

INSERT INTO new_account (
    bucket, entity, account_key, id, number, default_card, version, event_seq, event_head,
    details, created_at, updated_at
)
SELECT bucket, entity, account_key, id, number, default_card, version, event_seq, event_head, details,
    created_at, updated_at
FROM account ORDER BY entity, account_key;

DROP TABLE account;

ALTER TABLE new_account RENAME TO account;

CREATE TABLE new_card (
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
    PRIMARY KEY (id, bucket)
) STRICT, WITHOUT ROWID;

INSERT INTO new_card (
    bucket, id, entity, account_key, card_type, bin, last4, digits, sealed, key_version,
    fingerprint, expiry_month, expiry_year, holder_name, holder, extras, custom, activity,
    failures, status, retry_use_default, retry_window, retry_max, created_at, created_by,
    updated_at, updated_by
)
SELECT bucket, id, entity, account_key, card_type, bin, last4, digits, sealed, key_version,
    fingerprint, expiry_month, expiry_year, holder_name, holder, extras, custom, activity,
    failures, status, retry_use_default, retry_window, retry_max, created_at, created_by,
    updated_at, updated_by
FROM card ORDER BY id;

DROP TABLE card;

ALTER TABLE new_card RENAME TO card;

-- Lists of an account's cards, and the search for one that looks the same as another.
CREATE INDEX card_of_account ON card (entity, account_key, last4);

-- Queries walk through the cards of an entity in the order of ids. Ids grow with time, so new
-- entries go to the end.
CREATE INDEX card_of_entity ON card (entity, id);

-- Cards that nobody gave to an account in time are forgotten.
CREATE INDEX card_without_account ON card (created_at) WHERE substr(account_key, 1, 1) = '~';

CREATE TABLE new_event (
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
    PRIMARY KEY (entity, account_key, seq, bucket)
) STRICT;

INSERT INTO new_event (
    bucket, entity, account_key, seq, kind, card_id, at, client, track, body, previous, hash
)
SELECT bucket, entity, account_key, seq, kind, card_id, at, client, track, body, previous, hash
FROM event ORDER BY rowid;

DROP TABLE event;

ALTER TABLE new_event RENAME TO event;

CREATE TABLE new_receipt (
    bucket INTEGER NOT NULL,
    entity BLOB NOT NULL,
    key BLOB NOT NULL,
    request BLOB NOT NULL,
    outcome TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (entity, key, bucket)
) STRICT, WITHOUT ROWID;

INSERT INTO new_receipt (
    bucket, entity, key, request, outcome, at
)
SELECT bucket, entity, key, request, outcome, at
FROM receipt ORDER BY entity, key;

DROP TABLE receipt;

ALTER TABLE new_receipt RENAME TO receipt;

CREATE INDEX receipt_by_time ON receipt (at);

CREATE TABLE new_alias (
    bucket INTEGER NOT NULL,
    entity BLOB NOT NULL,
    alias TEXT NOT NULL,
    account_key TEXT NOT NULL,
    PRIMARY KEY (entity, alias, bucket)
) STRICT, WITHOUT ROWID;

INSERT INTO new_alias (
    bucket, entity, alias, account_key
)
SELECT bucket, entity, alias, account_key
FROM alias ORDER BY entity, alias;

DROP TABLE alias;

ALTER TABLE new_alias RENAME TO alias;
