-- How many requests of an entity wait is asked before another one is accepted.

CREATE INDEX errand_by_entity ON errand (entity) WHERE finished_at IS NULL;
