-- Programs that speak the Catalyze dialect name themselves by a key, which stands for an entity, and sign
-- their users in.

CREATE TABLE api_key (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    identifier TEXT NOT NULL,
    entity BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Only a keyed hash of a session's token: who reads the table cannot take over a session.
CREATE TABLE session (
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    entity BLOB NOT NULL,
    client BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX session_by_time ON session (expires_at);

-- The list of an entity's customers, the latest first.
CREATE INDEX account_of_entity ON account (entity, id) WHERE substr(account_key, 1, 1) <> '~';

-- Tokens that nobody used in time are forgotten.
CREATE INDEX card_unused_token ON card (created_at)
    WHERE substr(account_key, 1, 1) = '~' AND extras ->> 'isToken' IS NOT NULL;
