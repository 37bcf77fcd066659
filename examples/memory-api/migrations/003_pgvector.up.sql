-- Embeddings become vectors where the server has pgvector, or may get it; elsewhere nothing happens. On a server that
-- got the extension later: `node migrate.ts down`, then `node migrate.ts up`.

do $$
begin
  if exists (select from pg_available_extensions where name = 'vector') then
    begin
      create extension if not exists vector;
    exception when insufficient_privilege then
      raise warning 'pgvector is there, and this user may not create it: searches will look at every memory of the user';
    end;
  end if;
  if exists (select from pg_extension where extname = 'vector') then
    drop index memories_by_embedding;
    -- Without a number of dimensions: which it is, is the embedder's business.
    alter table memories alter column embedding type vector using embedding_from_bytes(embedding)::vector;
    alter table memories alter column embedding set storage main;
  end if;
end
$$;
