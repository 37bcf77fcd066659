import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { hostOf } from '../part.ts';
import { cachedPgvector, pgvector } from './pgvector.ts';

it('is not there before it was got, and its place depends on the cache folder alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ordeal-pgvector-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const host = hostOf({ ...process.env, ORDEAL_CACHE_DIR: folder });
  expect(await pgvector.find(host)).toBeUndefined();
  expect(cachedPgvector(host).startsWith(folder)).toBe(true);
  expect(cachedPgvector(host)).toBe(cachedPgvector(host));
});
