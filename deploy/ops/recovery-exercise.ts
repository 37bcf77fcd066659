import type { Client } from 'pg';
import pg from 'pg';
import { counted } from '../../examples/memory-api/admin/output.ts';
import { refuseDamaged } from './kit/checksum.ts';
import { urlOf, withDatabase } from './kit/database.ts';
import { askMemoryAdmin } from './kit/memory-admin.ts';
import { script, start } from './kit/script.ts';
import { stoppable } from './kit/stopping.ts';

/** Enough to see that a backup is of these memories; few enough to be quick. */
const sampleSize = 500;

interface Row {
  id: string;
  written: string;
  text: string;
}

await start(
  script({
    name: 'recovery-exercise',
    about: 'Restores a backup into a database of its own, compares it with the live one, drops it.',
    failed: 'the backup cannot be restored, or holds other memories',
    more: `A new database is made on the server of DATABASE_URL, whose user has to be allowed to. The live
one is only read, and what running services keep in Redis is left alone.`,
  })
    .argument('<file>', 'made by backup')
    .action((file: string) => stoppable((signal) => exercise(file, signal))),
);

async function exercise(file: string, signal: AbortSignal): Promise<void> {
  await refuseDamaged(file);
  const name = `recovery_exercise_${Date.now()}`;
  const quoted = pg.escapeIdentifier(name);
  await withDatabase((live) => live.query(`create database ${quoted}`));
  try {
    signal.throwIfAborted();
    const startedAtMs = performance.now();
    const target = { databaseUrl: urlOf(name), environment: { CACHE_ENABLED: 'false' } };
    const { memories } = await askMemoryAdmin<{ memories: number }>(['restore', file], target);
    const tookS = (performance.now() - startedAtMs) / 1000;
    print(`${counted(memories, 'memory', 'memories')} restored in ${tookS.toFixed(1)} s`);
    signal.throwIfAborted();
    const sample = await withDatabase(readSample, name);
    await withDatabase((live) => compare(live, { memories, sample }));
  } finally {
    await withDatabase((live) => live.query(`drop database ${quoted} with (force)`));
  }
}

/** @throws Error when the two cannot be the same service's */
async function compare(
  live: Client,
  { memories, sample }: { memories: number; sample: Row[] },
): Promise<void> {
  const { rows } = await live.query<{ count: number }>('select count(*)::float8 as count from memories');
  const there = new Map(
    (
      await readRows(
        live,
        sample.map(({ id }) => id),
      )
    ).map((row) => [row.id, row]),
  );
  const found = sample.filter(({ id }) => there.has(id));
  const same = found.filter(({ id, text }) => there.get(id)!.text === text);
  const wrong = found.filter(({ id, written, text }) => {
    const now = there.get(id)!;
    return now.written === written && now.text !== text;
  });
  print(`${counted(rows[0]!.count, 'memory', 'memories')} in the live database now`);
  print(
    `of ${sample.length} compared: ${same.length} the same, ${found.length - same.length} changed since, ` +
      `${sample.length - found.length} deleted since`,
  );
  if (wrong.length > 0)
    throw new Error(
      `${wrong.length} were not written since and differ all the same, such as ${wrong[0]!.id}`,
    );
  if (memories === 0 && rows[0]!.count > 0) throw new Error('the backup is empty, the live database is not');
  if (sample.length > 0 && found.length === 0)
    throw new Error('none of them is in the live database: is DATABASE_URL the one that the backup is of?');
}

async function readSample(restored: Client): Promise<Row[]> {
  const { rows } = await restored.query<{ id: string }>(
    'select id from memories order by random() limit $1',
    [sampleSize],
  );
  return readRows(
    restored,
    rows.map(({ id }) => id),
  );
}

async function readRows(client: Client, ids: readonly string[]): Promise<Row[]> {
  const { rows } = await client.query<Row>(
    `select id, updated_at::text as written, jsonb_build_array(user_id, kind, content, metadata, created_at)::text as text
     from memories where id = any($1)`,
    [ids],
  );
  return rows;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
