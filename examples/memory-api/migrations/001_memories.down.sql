-- Takes back 001_memories.up.sql, and with it every memory.

drop table if exists memories;
