-- Requests that were accepted to be carried out later, and what came of them. The note is sealed:
-- a request may hold a card number. Who takes an errand moves `due` ahead; if it is not finished by
-- then, whoever took it is gone, and another takes it.

CREATE TABLE errand (
    bucket SMALLINT NOT NULL,
    entity UUID NOT NULL,
    id UUID NOT NULL,
    client UUID NOT NULL,
    request BYTEA NOT NULL,
    note BYTEA NOT NULL,
    key_version INTEGER NOT NULL,
    tries SMALLINT NOT NULL,
    at BIGINT NOT NULL,
    due BIGINT NOT NULL,
    finished_at BIGINT,
    PRIMARY KEY (bucket, entity, id)
) WITH (fillfactor = 70);

CREATE INDEX errand_by_due ON errand (due) WHERE finished_at IS NULL;

CREATE INDEX errand_by_end ON errand (finished_at) WHERE finished_at IS NOT NULL;
