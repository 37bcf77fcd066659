-- Memories and what their hot paths need. Does nothing where an older version of the service has made them already.

create table if not exists memories (
  id         uuid primary key,
  user_id    text        not null check (char_length(user_id) between 1 and 128),
  kind       text        not null check (kind in ('fact', 'intervention', 'reflection')),
  content    text        not null check (char_length(content) between 1 and 4000),
  metadata   jsonb       not null default '{}',
  embedding  real[]      not null check (cardinality(embedding) = 64),
  created_at timestamptz not null default now()
);

-- Lists are per user, newest first; searches read all rows of one user. The id makes the order of a page total.
create index if not exists memories_by_user on memories (user_id, created_at desc, id desc);
