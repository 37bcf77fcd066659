import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../examples/memory-api/config.ts';
import { openPool } from '../../examples/memory-api/database.ts';
import { createLogger } from '../../examples/memory-api/logger.ts';
import { migrate } from '../../examples/memory-api/migrate.ts';
import { needsPgvector } from '../../examples/memory-api/storage/test-pgvector.ts';
import type { TestServer } from '../../examples/memory-api/test-servers.ts';
import { requireStore, startDatabase } from './database.ts';

const { runs, titled } = await needsPgvector();

describe.runIf(runs)(titled('the PostgreSQL of the bench'), () => {
  let server: TestServer;
  let pool: pg.Pool;

  beforeAll(async () => {
    server = await startDatabase('pgvector');
    const { database } = readConfig({ DATABASE_URL: server.url });
    pool = openPool({ ...database, poolSize: 1, statementTimeoutMs: 20_000 }, createLogger('warn'));
    await migrate(pool);
  });
  afterAll(async () => {
    await pool?.end();
    await server?.[Symbol.asyncDispose]();
  });

  it.each([
    ['fsync', 'on'],
    ['synchronous_commit', 'on'],
    ['full_page_writes', 'on'],
    ['shared_buffers', '128MB'],
    ['log_statement', 'none'],
  ])('has %s as it comes: %s', async (setting, value) => {
    expect((await pool.query(`show ${setting}`)).rows).toEqual([{ [setting]: value }]);
  });

  it('is not taken for one without pgvector', async () => {
    await requireStore(pool, 'pgvector');
    await expect(requireStore(pool, 'exact')).rejects.toThrow(
      /^exact: expected .* embeddings are bytea, got vector: .*POSTGRES_BIN_DIR/,
    );
  });
});
