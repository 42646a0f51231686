-- An account that is filed under its number is found by its id with the index of ids. It used to have a row
-- here for that, which each new account had to write.
DELETE FROM alias WHERE substr(alias, 1, 1) <> '~';
