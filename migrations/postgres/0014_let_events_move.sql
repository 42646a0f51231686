-- Nobody changes or removes an event, but where tables are spread, their parts move from one machine to another
-- only if a table has either a key or this.
ALTER TABLE event REPLICA IDENTITY FULL;
