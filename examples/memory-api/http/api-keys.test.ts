import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { DatabaseError } from '../errors.ts';
import { startPostgres, type TestServer } from '../test-servers.ts';
import { ApiKeys, isWellFormed } from './api-keys.ts';
import { keysTable } from './test-http.ts';

const { runs, titled } = await needs('postgres');

let postgres: TestServer;
let pool: pg.Pool;
beforeAll(async () => {
  if (!runs) return;
  postgres = await startPostgres();
  pool = new pg.Pool({ connectionString: postgres.url, max: 2 });
  // The server ends before the last of its connections.
  pool.on('error', () => {});
  await pool.query(keysTable);
}, 30_000);
afterAll(async () => {
  await pool?.end();
  await postgres?.[Symbol.asyncDispose]();
});

async function lookups(): Promise<number> {
  return (await postgres.log()).split('from api_keys where key_hash').length - 1;
}

/** As it was issued, but it is not there any more. */
async function unknownKey(name: string): Promise<string> {
  const { id, key } = await new ApiKeys(pool).issue(name);
  await pool.query('delete from api_keys where id = $1', [id]);
  return key;
}

describe.runIf(runs)(titled('API keys'), () => {
  it('are random, recognisable and found again; only a hash is kept', async () => {
    const keys = new ApiKeys(pool);
    const { id, key } = await keys.issue('laptop', 'ada');
    expect(key).toMatch(/^mem_[\w-]{49}$/);
    expect(await keys.find(key)).toEqual({ id, name: 'laptop', userId: 'ada' });
    const service = await keys.issue('robot');
    expect(await keys.find(service.key)).toEqual({ id: service.id, name: 'robot' });
    const { rows } = await pool.query('select api_keys::text as row, key_hash from api_keys');
    for (const { row, key_hash } of rows) {
      expect(key_hash.length).toBe(32);
      expect(row).not.toContain(key.slice(4, 20));
    }
    expect(await postgres.log()).not.toContain(key.slice(4, 20));
  });

  it('are listed without the keys, and revoked once', async () => {
    const keys = new ApiKeys(pool);
    const { id, key } = await keys.issue('phone', 'bob');
    expect(await keys.find(key)).toBeDefined();
    expect([await keys.revoke(id), await keys.revoke(id)]).toEqual([true, false]);
    expect(await keys.find(key)).toBeUndefined();
    const listed = (await keys.list()).find((one) => one.id === id);
    expect(listed).toEqual({
      id,
      name: 'phone',
      userId: 'bob',
      createdAt: expect.any(Date),
      revokedAt: expect.any(Date),
    });
  });

  it('are remembered for a while, so that a revocation elsewhere takes that long', async () => {
    let nowMs = 1;
    const keys = new ApiKeys(pool, { cacheTtlMs: 30_000, nowMs: () => nowMs });
    const { id, key } = await keys.issue('tablet', 'ada');
    const before = await lookups();
    await Promise.all(Array.from({ length: 10 }, () => keys.find(key)));
    expect(await lookups(), 'ten at once are one statement').toBe(before + 1);
    await new ApiKeys(pool).revoke(id);
    nowMs = 30_000;
    expect(await keys.find(key)).toBeDefined();
    expect(await lookups()).toBe(before + 1);
    nowMs = 30_002;
    expect(await keys.find(key)).toBeUndefined();
    expect(keys.known(key)).toBeUndefined();
  });

  it('that nobody has cost one statement, and for 5 s no more; one made meanwhile works then', async () => {
    let nowMs = 1;
    const keys = new ApiKeys(pool, { nowMs: () => nowMs });
    const { id, key } = await keys.issue('restored', 'ada');
    await pool.query('create table away as select * from api_keys where id = $1', [id]);
    await pool.query('delete from api_keys where id = $1', [id]);
    const before = await lookups();
    for (let turn = 0; turn < 10; turn += 1) expect(await keys.find(key)).toBeUndefined();
    expect(await lookups()).toBe(before + 1);

    await pool.query('insert into api_keys select * from away');
    nowMs = 5000;
    expect(await keys.find(key)).toBeUndefined();
    expect(await lookups()).toBe(before + 1);
    nowMs = 5002;
    expect(await keys.find(key)).toEqual({ id, name: 'restored', userId: 'ada' });
  });

  it('that nobody has are forgotten when there are many, and push out no good one', async () => {
    const keys = new ApiKeys(pool, { cacheSize: 2 });
    const { key: good } = await keys.issue('kept', 'ada');
    await keys.find(good);
    const unknown = await Promise.all(['a', 'b', 'c'].map(unknownKey));
    for (const key of unknown) await keys.find(key);
    const before = await lookups();
    await keys.find(good);
    await keys.find(unknown[1]!);
    await keys.find(unknown[2]!);
    expect(await lookups(), 'what is remembered').toBe(before);
    await keys.find(unknown[0]!);
    expect(await lookups(), 'what was forgotten').toBe(before + 1);
  });

  it('of a wrong form or checksum are refused without a statement', async () => {
    const keys = new ApiKeys(pool);
    const { key } = await keys.issue('typo');
    expect(isWellFormed(key)).toBe(true);
    const flipped = key.slice(0, 9) + (key[9] === 'x' ? 'y' : 'x') + key.slice(10);
    const before = await lookups();
    for (const wrong of ['', 'mem_', flipped, key.slice(0, -1), `${key}x`, key.toUpperCase(), ` ${key}`]) {
      expect(await keys.find(wrong)).toBeUndefined();
    }
    expect(await lookups()).toBe(before);
  });

  it('cannot be told while the database does not answer', async () => {
    const keys = new ApiKeys(pool);
    const { key } = await keys.issue('stranded');
    const away = new pg.Pool({ connectionString: 'postgres://postgres@127.0.0.1:1/postgres' });
    await expect(new ApiKeys(away).find(key)).rejects.toThrow(DatabaseError);
    await away.end();
  });
});
