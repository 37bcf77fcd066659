import { once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { needsPgvector, startPgvector } from '../storage/test-pgvector.ts';
import { startPostgres, type TestServer, until } from '../test-servers.ts';
import { admin, fill, newDatabase, startAdmin } from './test-admin.ts';

const gates = { exact: await needs('postgres'), pgvector: await needsPgvector() };
const env = { EMBEDDINGS_DIMENSIONS: '16' };
const name = 'memories_by_meaning_16';

describe.runIf(gates.pgvector.runs)(gates.pgvector.titled('the graph of all vectors'), () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startPgvector();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  it('is made, is there, and is dropped, by a verb', async () => {
    await using database = await newDatabase(server);
    await fill(database.client, 70);
    const before = await admin(database.url, ['index', '--json']);
    expect(JSON.parse(before.stdout).indexes).not.toContainEqual(
      expect.objectContaining({ is_vector: true }),
    );
    const made = await admin(database.url, ['index', '--graph'], { env });
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout).toMatch(
      /^memories_by_meaning_16: made in \d+\.\d s\n\nsearch +pgvector .*by hnsw index/,
    );
    const again = JSON.parse((await admin(database.url, ['index', '--graph', '--json'], { env })).stdout);
    expect(again.graph).toMatchObject({ name, done: 'there' });
    expect(again.indexes).toContainEqual(expect.objectContaining({ name, valid: true, is_vector: true }));
    const dropped = await admin(database.url, ['index', '--no-graph'], { env });
    expect(dropped.stdout).toMatch(/^memories_by_meaning_16: dropped\n\nsearch +exact/);
  });

  it('is made anew when an attempt has left a broken one', async () => {
    await using database = await newDatabase(server);
    await fill(database.client, 70);
    await admin(database.url, ['index', '--graph'], { env });
    await database.client.query('update pg_index set indisvalid = false where indexrelid = $1::regclass', [
      name,
    ]);
    const { stdout } = await admin(database.url, ['index', '--graph', '--json'], { env });
    const { graph, indexes } = JSON.parse(stdout);
    expect(graph.done).toBe('made');
    expect(indexes).toContainEqual(expect.objectContaining({ name, valid: true }));
  });

  it('is made while others write', async () => {
    await using database = await newDatabase(server);
    await fill(database.client, 70);
    const writer = new pg.Client({ connectionString: database.url });
    await writer.connect();
    try {
      await writer.query("begin; update memories set kind = 'fact'");
      const child = startAdmin(database.url, ['index', '--graph'], { env });
      const ended = once(child, 'exit');
      await until(async () => {
        const { rows } = await database.client.query(
          `select from pg_stat_activity where application_name = 'memory-admin' and wait_event_type = 'Lock'
           and datname = current_database()`,
        );
        return rows.length === 1;
      }, 30_000);
      await database.client.query(
        "set lock_timeout = '20s'; delete from memories where false; reset lock_timeout",
      );
      await writer.query('commit');
      expect(await ended).toEqual([0, null]);
    } finally {
      await writer.end();
    }
  });
});

it.runIf(gates.exact.runs)(gates.exact.titled('a graph is refused without pgvector'), async () => {
  await using server = await startPostgres();
  await using database = await newDatabase(server);
  const { code, stderr } = await admin(database.url, ['index', '--graph'], { env });
  expect(stderr).toMatch(
    /needs embeddings of pgvector, and memories\.embedding is of type bytea: install pgvector/,
  );
  expect(code).toBe(1);
});
