-- Takes back 001.sql, and with it every memory.

drop table if exists memories;
