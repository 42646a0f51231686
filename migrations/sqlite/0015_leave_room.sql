-- What a card's row has left of its share of a page: zeros, which give way when the row grows. A row that
-- outgrew its page moved its neighbours to a new one, and SQLite walks through all pages that it keeps at hand
-- when such a change is committed. Cards that are here already get room when they are next changed.

ALTER TABLE card ADD COLUMN room BLOB;
