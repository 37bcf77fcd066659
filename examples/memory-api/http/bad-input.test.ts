import { afterAll, beforeAll, describe } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { startPostgres, startRedis, type TestServer } from '../test-servers.ts';
import { type Target, testBadInput } from './test-bad-input.ts';
import { startHttp, type TestHttp } from './test-http.ts';

const { runs, titled } = await needs('postgres', 'redis');

let servers: TestServer[];
let service: TestHttp;
let target: Target;

beforeAll(async () => {
  if (!runs) return;
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  servers = [postgres, redis];
  service = await startHttp({ postgres, redis, keys: { cacheTtlMs: 600_000 } });
  const { key } = await service.keys.issue('of ada', 'ada');
  target = {
    base: service.base,
    key,
    user: 'ada',
    path: '/api/v1/notes',
    body: { id: '00000000-0000-4000-8000-000000000001', user_id: 'ada', content: 'x' },
    statements: async () => (await postgres.log()).match(/LOG: {2}(?:statement|execute)/g)!.length,
  };
}, 30_000);

afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await Promise.all((servers ?? []).map((server) => server[Symbol.asyncDispose]()));
});

describe.runIf(runs)(titled('around a small service'), () => {
  testBadInput('bad input', () => target);
});
