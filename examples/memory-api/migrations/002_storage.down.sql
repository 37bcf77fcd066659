-- Takes back 002_storage.up.sql. No memory is lost: one that has no embedding of 64 dimensions gets one of zeros, which
-- a search finds last.

drop index memories_pending, memories_by_embedding, memories_by_words, memories_by_kind;

alter table memories
  drop column words,
  drop column embedded_by,
  drop column updated_at,
  alter column embedding type real[] using
    case when octet_length(embedding) = 256 then embedding_from_bytes(embedding)
         else array_fill(0::real, array[64]) end,
  alter column embedding set storage extended,
  alter column embedding set not null,
  add constraint memories_embedding_check check (cardinality(embedding) = 64);

drop function embedding_from_bytes, embedding_to_bytes;
drop table api_keys;
