import type { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { vectorIndexCheck } from '../health/checks.ts';
import { needsPgvector, startPgvector } from '../storage/test-pgvector.ts';
import { startPostgres } from '../test-servers.ts';
import { admin, fill, newDatabase } from './test-admin.ts';

const servers = [
  { on: 'without pgvector', gate: await needs('postgres'), start: startPostgres },
  { on: 'with pgvector', gate: await needsPgvector(), start: startPgvector },
];

describe.each(servers)('optimise $on', ({ gate, start }) => {
  it.runIf(gate.runs)(gate.titled('makes every index of the migrations that was dropped'), async () => {
    await using server = await start();
    await using database = await newDatabase(server);
    await fill(database.client, 70);
    const before = await definitions(database.client);
    expect(before.length).toBeGreaterThan(4);
    for (const { indexname } of before) await database.client.query(`drop index ${indexname}`);
    const check = vectorIndexCheck(database.client, { timeoutMs: 1000 });
    await expect(check.check(AbortSignal.timeout(5000))).rejects.toThrow(
      'there is none: memory-admin optimise makes it',
    );
    const { code, stdout, stderr } = await admin(database.url, ['optimise']);
    expect([code, stderr]).toEqual([0, '']);
    for (const { indexname } of before) expect(stdout).toContain(`made ${indexname}, which was not there`);
    expect(await definitions(database.client)).toEqual(before);
    await check.check(AbortSignal.timeout(5000));
    expect(JSON.parse((await admin(database.url, ['optimise', '--json'])).stdout).made).toEqual([]);
  });
});

/** Without those of constraints. */
async function definitions(client: Client): Promise<{ indexname: string; indexdef: string }[]> {
  const { rows } = await client.query<{ indexname: string; indexdef: string }>(
    `select indexname, indexdef from pg_indexes
     where schemaname = 'public' and tablename <> 'migrations'
       and not exists (select from pg_constraint where conindid = indexname::regclass)
     order by indexname`,
  );
  return rows;
}
