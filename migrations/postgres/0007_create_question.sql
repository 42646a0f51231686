-- Writes that wait for the word of a gateway that fell silent, and what came of them. The note is sealed
-- like that of an errand, and is taken and finished like one; there is no security code in it.

CREATE TABLE question (
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

CREATE INDEX question_by_due ON question (due) WHERE finished_at IS NULL;

CREATE INDEX question_by_end ON question (finished_at) WHERE finished_at IS NOT NULL;
