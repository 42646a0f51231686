-- Accounts and cards lie in the order of their numbers, and small indexes lead to them. They lay in the trees
-- of their keys, whose inner nodes hold whole rows: of a million accounts with a card each they took 49 MiB,
-- more than is kept at hand, and take 2.5 MiB here. A card knows the number of its account, so that an account is
-- found with its card without a search of its own.

CREATE TABLE new_account (
    row INTEGER PRIMARY KEY,
    bucket INTEGER NOT NULL,
    entity BLOB NOT NULL,
    account_key TEXT NOT NULL,
    id BLOB NOT NULL,
    number TEXT,
    default_card BLOB,
    lone_card BLOB,
    version INTEGER NOT NULL,
    event_seq INTEGER NOT NULL,
    event_head BLOB NOT NULL,
    event_row INTEGER,
    event_marked INTEGER,
    details TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (entity, account_key, bucket)
) STRICT;

INSERT INTO new_account (
    bucket, entity, account_key, id, number, default_card, lone_card, version, event_seq,
    event_head, event_row, event_marked, details, created_at, updated_at
)
SELECT
    bucket, entity, account_key, id, number, default_card, lone_card, version, event_seq,
    event_head, event_row, event_marked, details, created_at, updated_at
FROM account ORDER BY entity, account_key, bucket;

DROP TABLE account;

ALTER TABLE new_account RENAME TO account;

-- Accounts of an entity, the latest first.
CREATE INDEX account_of_entity ON account (entity, id) WHERE substr(account_key, 1, 1) <> '~';

CREATE TABLE new_card (
    row INTEGER PRIMARY KEY,
    bucket INTEGER NOT NULL,
    id BLOB NOT NULL,
    entity BLOB NOT NULL,
    account_key TEXT NOT NULL,
    account_row INTEGER,
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
    event_seq INTEGER NOT NULL DEFAULT 0,
    event_head BLOB,
    event_row INTEGER,
    event_marked INTEGER,
    created_at INTEGER NOT NULL,
    created_by BLOB NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by BLOB NOT NULL,
    UNIQUE (entity, id, bucket)
) STRICT;

INSERT INTO new_card (
    bucket, id, entity, account_key, account_row, card_type, bin, last4, digits, sealed,
    key_version, fingerprint, expiry_month, expiry_year, holder_name, holder, extras, custom,
    activity, failures, status, retry_use_default, retry_window, retry_max, event_seq, event_head,
    event_row, event_marked, created_at, created_by, updated_at, updated_by
)
SELECT
    c.bucket, c.id, c.entity, c.account_key, a.row, c.card_type, c.bin, c.last4, c.digits,
    c.sealed, c.key_version, c.fingerprint, c.expiry_month, c.expiry_year, c.holder_name, c.holder,
    c.extras, c.custom, c.activity, c.failures, c.status, c.retry_use_default, c.retry_window,
    c.retry_max, c.event_seq, c.event_head, c.event_row, c.event_marked, c.created_at,
    c.created_by, c.updated_at, c.updated_by
FROM card c LEFT JOIN account a
    ON a.entity = c.entity AND a.account_key = c.account_key AND a.bucket = c.bucket
ORDER BY c.id, c.bucket;

DROP TABLE card;

ALTER TABLE new_card RENAME TO card;

-- Lists of an account's cards, and the search for one that looks the same as another.
CREATE INDEX card_of_account ON card (entity, account_key, last4);

-- Cards that nobody gave to an account in time are forgotten.
CREATE INDEX card_without_account ON card (created_at) WHERE substr(account_key, 1, 1) = '~';

-- So are tokens that nobody used.
CREATE INDEX card_unused_token ON card (created_at)
    WHERE substr(account_key, 1, 1) = '~' AND extras ->> 'isToken' IS NOT NULL;
