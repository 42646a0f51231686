-- As long as an account is as it was opened, the row of the card that came with it tells all there is to
-- know of it: its id, and whether the card is charged. Who looks for the card need not look for the account
-- then. Both say nothing as soon as the account's row is written again, and of accounts that are here
-- already, which are looked for as before.

ALTER TABLE card ADD COLUMN account_id BLOB;

ALTER TABLE card ADD COLUMN is_default INTEGER;
