-- Writes that wait for the word of a gateway that fell silent, and what came of them. The note is sealed
-- like that of an errand, and is taken and finished like one; there is no security code in it.

CREATE TABLE question (
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

CREATE INDEX question_by_due ON question (due) WHERE finished_at IS NULL;

CREATE INDEX question_by_end ON question (finished_at) WHERE finished_at IS NOT NULL;
