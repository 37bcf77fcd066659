import { channel } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../examples/memory-api/config.ts';
import { openPool } from '../../examples/memory-api/database.ts';
import { HashingEmbedder } from '../../examples/memory-api/embedder.ts';
import { createLogger } from '../../examples/memory-api/logger.ts';
import { migrate } from '../../examples/memory-api/migrate.ts';
import { seedId, seedRows } from '../../examples/memory-api/seed.ts';
import { MemoryStore } from '../../examples/memory-api/store.ts';
import { startApp } from '../../examples/memory-api/test-app.ts';
import { startPostgres, startRedis, type TestServer, until } from '../../examples/memory-api/test-servers.ts';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { sampleName } from '../metrics/prometheus-names.ts';
import { Registry } from '../metrics/registry.ts';
import { readMapping } from './read-mapping.ts';
import { watchChannels } from './watch-channels.ts';

const { runs, titled } = await needs('postgres', 'redis');

const mapping = readMapping(
  fileURLToPath(new URL('../../examples/memory-api/metrics.json', import.meta.url)),
);
const seeded = 200;

interface Seen {
  attributes: object;
  value?: number;
  count?: number;
  sum?: number;
}

describe.runIf(runs)(titled('the memory API under its mapping'), () => {
  const metrics = new Registry({ exemplars: true, tell: () => {} }).scope('test');
  const seen = (name: string): Seen[] =>
    [...metrics.all()]
      .filter(({ definition }) => sampleName(definition) === name)
      .flatMap((metric): Seen[] => [...metric.read()]);
  const servers: TestServer[] = [];

  beforeAll(async () => {
    const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    servers.push(postgres, redis);
    const environment = {
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      DATABASE_CONNECT_TIMEOUT_MS: '500',
      RETRY_ATTEMPTS: '1',
      BREAKER_FAILURES: '1',
    };
    const pool = openPool(readConfig(environment).database, createLogger('silent'));
    await migrate(pool);
    await new MemoryStore(pool).upsertAll(await seedRows(1, seeded, new HashingEmbedder()));
    await pool.end();

    watchChannels(mapping.metrics, metrics);
    await using service = await startApp(environment);
    await use(service, postgres);
  }, 60_000);

  afterAll(() => Promise.all(servers.map((server) => server[Symbol.asyncDispose]())));

  /** Every path of the code that publishes. */
  async function use({ get, post }: Awaited<ReturnType<typeof startApp>>, postgres: TestServer) {
    const api = '/api/v1/memories';
    // Counted at the start.
    await until(() => seen('vector_index_size').length > 0);
    await post(api, { user_id: 'ada', kind: 'reflection', content: 'Slept well' });
    await get(`${api}/${seedId(1)}`);
    await get(`${api}/${seedId(1)}`);
    await get(`${api}/${seedId(seeded + 1)}`);
    await get(`${api}?user_id=ada&page=1&limit=5`);
    await post(`${api}/search`, { user_id: 'user-1', query: 'morning coffee', limit: 3 });
    await postgres.kill();
    // Not the one whose answer is kept.
    await post(`${api}/search`, { user_id: 'user-1', query: 'evening tea', limit: 3 });
    const refused = { event: 'rate_limit_exceeded', outcome: 'denied', route: 'GET /api/v1/memories' };
    channel('memory-api:audit').publish({ ...refused, address: '127.0.0.1' });
  }

  it.each([
    [
      'memory_operations_total',
      { operation: 'create', memory_kind: 'reflection', outcome: 'ok' },
      { value: 1 },
    ],
    ['memory_operations_total', { operation: 'read', outcome: 'ok' }, { value: 2 }],
    [
      'memory_operations_total',
      { operation: 'read', outcome: 'error', error_type: 'NOT_FOUND' },
      { value: 1 },
    ],
    ['memory_operations_total', { operation: 'list', outcome: 'ok' }, { value: 1 }],
    ['memory_operations_total', { operation: 'search', outcome: 'error' }, { value: 1 }],
    ['memory_operation_duration_seconds', { operation: 'read', outcome: 'ok' }, { count: 2 }],
    [
      'embedding_generation_duration_seconds',
      { model: 'hashing', outcome: 'ok', cached: false },
      { count: 3 },
    ],
    ['embedding_generations_total', { model: 'hashing', outcome: 'ok', cached: false }, { value: 3 }],
    ['vector_store_operations_total', { operation: 'insert', outcome: 'ok' }, { value: 1 }],
    ['vector_store_operations_total', { operation: 'search', outcome: 'error' }, { value: 1 }],
    ['vector_store_operation_errors_total', { operation: 'search' }, { value: 1 }],
    ['vector_search_duration_seconds', { type: 'vector', outcome: 'ok' }, { count: 1 }],
    ['vector_search_results', { type: 'vector' }, { count: 1, sum: 3 }],
    ['vector_search_similarity', { type: 'vector' }, { count: 3 }],
    ['vector_index_size', {}, { value: seeded }],
    ['memories', { memory_kind: 'fact' }, {}],
    ['memories', { memory_kind: 'intervention' }, {}],
    ['memories', { memory_kind: 'reflection' }, {}],
    ['cache_hits_total', { layer: 'redis' }, { value: 1 }],
    // Three embeddings, two memories, a list and two searches.
    ['cache_misses_total', { layer: 'redis' }, { value: 8 }],
    ['rate_limit_exceeded_total', { route: 'GET /api/v1/memories' }, { value: 1 }],
    ['security_audit_events_total', { event: 'rate_limit_exceeded', outcome: 'denied' }, { value: 1 }],
    ['dependency_calls_total', { dependency: 'postgres', outcome: 'error', recovered: false }, {}],
    ['dependency_breaker_transitions_total', { dependency: 'postgres', from: 'closed', to: 'open' }, {}],
    ['dependency_breaker_open', { dependency: 'postgres' }, { value: 1 }],
    ['database_pool_waiting', {}, { value: 0 }],
    ['dependency_up', { dependency: 'postgres' }, { value: 1 }],
    ['health_check_duration_seconds', { dependency: 'redis', outcome: 'ok' }, { count: 1 }],
    ['active_users_count', {}, { value: 2 }],
  ])('%s %j', (name, attributes, expected) => {
    expect(seen(name)).toContainEqual(
      expect.objectContaining({ attributes: expect.objectContaining(attributes), ...expected }),
    );
  });

  it('durations are seconds', () => {
    const [all] = seen('memory_operation_duration_seconds') as [Required<Seen>];
    expect(all.sum / all.count).toBeGreaterThan(0.0001);
    expect(all.sum / all.count).toBeLessThan(1);
  });

  it('every metric of the mapping was made, and every message could be used', () => {
    const silent = mapping.metrics.filter(({ definition }) => seen(sampleName(definition)).length === 0);
    expect(silent.map(({ definition }) => definition.name)).toEqual([]);
    expect(seen('ordeal_domain_unusable_total')).toEqual([]);
  });
});

it('publishes without knowing of telemetry', () => {
  const text = readFileSync(new URL('../../examples/memory-api/events.ts', import.meta.url), 'utf8');
  expect([...text.matchAll(/from '(.+)'/g)].map(([, from]) => from)).toEqual(['node:diagnostics_channel']);
});
