-- Programs that speak the Catalyze dialect name themselves by a key, which stands for an entity, and sign
-- their users in. Both tables are small: every machine has a copy.

CREATE TABLE api_key (
    id TEXT COLLATE "C" PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    identifier TEXT COLLATE "C" NOT NULL,
    entity UUID NOT NULL,
    created_at BIGINT NOT NULL
);

-- Only a keyed hash of a session's token: who reads the table cannot take over a session.
CREATE TABLE session (
    hash BYTEA PRIMARY KEY,
    entity UUID NOT NULL,
    client UUID NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX session_by_time ON session (expires_at);

-- The list of an entity's customers, the latest first.
CREATE INDEX account_of_entity ON account (entity, id) WHERE account_key NOT LIKE '~%';

-- Tokens that nobody used in time are forgotten.
CREATE INDEX card_unused_token ON card (created_at)
    WHERE account_key LIKE '~%' AND extras ->> 'isToken' IS NOT NULL;
