import { becomeMemoryAdmin } from './kit/memory-admin.ts';
import { script, start } from './kit/script.ts';

/** VACUUM, ANALYZE, CREATE INDEX and REINDEX where it is useful, all by memory-admin. */
await start(
  script({
    name: 'optimise',
    about: 'Vacuums and analyses the tables, makes missing indexes, and bloated and broken\nones anew.',
    failed: 'PostgreSQL refused or is away',
    more: `The database is the one of DATABASE_URL. Nobody is blocked while it runs; ended in the
middle, it leaves at most an index that the next run names.`,
  })
    .option('--json', 'print JSON')
    .action(({ json }: { json?: true }) => becomeMemoryAdmin(['optimise', ...(json ? ['--json'] : [])])),
);
