-- API keys, and memories that can be changed, searched by their words, and kept while nobody can embed them.

create table api_keys (
  id         uuid        primary key default gen_random_uuid(),
  -- Null for the key of a service, which may act for every user.
  user_id    text        check (char_length(user_id) between 1 and 128),
  name       text        not null check (char_length(name) between 1 and 128),
  -- SHA-256 of the key: a key is long and random, so nothing slower is needed.
  key_hash   bytea       not null unique check (octet_length(key_hash) = 32),
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);

create index api_keys_by_user on api_keys (user_id);

-- The values of a vector one after the other, 4 bytes each, as PostgreSQL itself sends them (big-endian IEEE 754):
-- a server without pgvector hands 10,000 of them out as they are, while every element of an array is converted.
create function embedding_to_bytes(given real[]) returns bytea
  language sql immutable strict parallel safe
  return (
    select coalesce(string_agg(float4send(value), ''::bytea order by place), ''::bytea)
    from unnest(given) with ordinality as element (value, place)
  );

create function embedding_from_bytes(given bytea) returns real[]
  language sql immutable strict parallel safe
  return (
    select coalesce(array_agg(
      case when power = 0 then 0::real
           else ((1 - 2 * sign) * (1 + mantissa / 8388608.0::float8) * (2::float8 ^ (power - 127)))::real end
      order by place), '{}')
    from generate_series(0, octet_length(given) / 4 - 1) as place
    cross join lateral (
      select get_byte(given, place * 4) >> 7 as sign,
             ((get_byte(given, place * 4) & 127) << 1) | (get_byte(given, place * 4 + 1) >> 7) as power,
             ((get_byte(given, place * 4 + 1) & 127) << 16) | (get_byte(given, place * 4 + 2) << 8)
               | get_byte(given, place * 4 + 3) as mantissa
    ) as bits
  );

-- No embedding: it is pending, and will be made when somebody can.
alter table memories
  drop constraint memories_embedding_check,
  alter column embedding drop not null,
  alter column embedding type bytea using embedding_to_bytes(embedding),
  -- Vectors cannot be compressed, and a search that finds them in the row itself reads half as many pages.
  alter column embedding set storage main,
  add column updated_at timestamptz not null default now(),
  -- The transaction that wrote the embedding: by this a process knows what is new to it.
  add column embedded_by xid8 not null default pg_current_xact_id(),
  -- Without stemming, because memories are in any language.
  add column words tsvector not null generated always as (to_tsvector('simple', content)) stored;

create index memories_by_kind on memories (user_id, kind, created_at desc, id desc);
create index memories_by_words on memories using gin (words);
create index memories_by_embedding on memories (user_id, embedded_by) include (id) where embedding is not null;
create index memories_pending on memories (created_at, id) where embedding is null;
