-- Requests that were accepted to be carried out later, and what came of them. The note is sealed:
-- a request may hold a card number. Who takes an errand moves `due` ahead; if it is not finished by
-- then, whoever took it is gone, and another takes it.

CREATE TABLE errand (
    bucket INTEGER NOT NULL,
    entity BLOB NOT NULL,
    id BLOB NOT NULL,
    client BLOB NOT NULL,
    request BLOB NOT NULL,
    note BLOB NOT NULL,
    key_version INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    at INTEGER NOT NULL,
    due INTEGER NOT NULL,
    finished_at INTEGER,
    PRIMARY KEY (bucket, entity, id)
) STRICT;

CREATE INDEX errand_by_due ON errand (due) WHERE finished_at IS NULL;

CREATE INDEX errand_by_end ON errand (finished_at) WHERE finished_at IS NOT NULL;
