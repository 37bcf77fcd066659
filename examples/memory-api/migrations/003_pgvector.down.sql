-- Takes back 003_pgvector.up.sql. The extension stays: others may use it.

do $$
declare
  index_name text;
begin
  if exists (
    select from pg_attribute
    where attrelid = 'memories'::regclass and attname = 'embedding' and format_type(atttypid, null) = 'vector'
  ) then
    for index_name in
      select indexname from pg_indexes
      where schemaname = current_schema() and tablename = 'memories' and indexname like 'memories\_by\_meaning\_%'
    loop
      execute format('drop index %I', index_name);
    end loop;
    alter table memories alter column embedding type bytea using embedding_to_bytes(embedding::real[]);
    alter table memories alter column embedding set storage main;
    create index memories_by_embedding on memories (user_id, embedded_by) include (id) where embedding is not null;
  end if;
end
$$;
