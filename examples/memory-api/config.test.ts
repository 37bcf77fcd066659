import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig, settings } from './config.ts';

const DATABASE_URL = 'postgres://service:hidden@db.example:5432/memories';

/** A value for every variable that no other one has, and that is not its default. */
const odd: Record<string, string> = {
  HOST: '127.0.0.9',
  PORT: '3017',
  INSTANCE: 'odd-one',
  LOG_LEVEL: 'trace',
  SHUTDOWN_TIMEOUT_MS: '15007',
  REQUEST_TIMEOUT_MS: '10007',
  MCP_ALLOWED_HOSTS: 'odd.example',
  MCP_ALLOWED_ORIGINS: 'odder.example',
  TRUST_PROXY: '7',
  AUTH_ENABLED: 'false',
  AUTH_FAILURES_PER_ADDRESS: '21',
  RATE_LIMIT_ENABLED: 'false',
  RATE_LIMIT_WINDOW_S: '61',
  RATE_LIMIT_PER_USER: '601',
  RATE_LIMIT_PER_ADDRESS: '3001',
  RATE_LIMIT_PER_SERVICE: '60001',
  HEALTH_INTERVAL_MS: '300001',
  HEALTH_TIMEOUT_MS: '2001',
  LOG_FOLDER: 'odd/logs',
  LOG_FILE_MAX_BYTES: '52428801',
  LOG_FILES_KEPT: '15',
  LOG_DAYS_KEPT: '31',
  DATABASE_URL,
  DATABASE_POOL_SIZE: '11',
  DATABASE_POOL_OVERFLOW: '23',
  DATABASE_POOL_TIMEOUT_MS: '30001',
  DATABASE_POOL_RECYCLE_S: '3601',
  DATABASE_CONNECT_TIMEOUT_MS: '2003',
  DATABASE_STATEMENT_TIMEOUT_MS: '5001',
  CACHE_ENABLED: 'false',
  REDIS_URL: 'redis://odd.example:6380',
  REDIS_COMMAND_TIMEOUT_MS: '251',
  CACHE_TTL_S: '303',
  CACHE_NEGATIVE_TTL_S: '33',
  CACHE_PROCESS_ENTRIES: '101',
  CACHE_PROCESS_TTL_MS: '1001',
  BREAKER_ENABLED: 'false',
  BREAKER_FAILURES: '6',
  BREAKER_RESET_MS: '60003',
  EMBEDDINGS_URL: 'http://odd.example/v1',
  EMBEDDINGS_API_KEY: 'odd-key',
  EMBEDDINGS_MODEL: 'odd',
  EMBEDDINGS_DIMENSIONS: '65',
  EMBEDDINGS_DEADLINE_MS: '5003',
  EMBEDDINGS_TRY_TIMEOUT_MS: '2005',
  EMBEDDINGS_CACHE_TTL_S: '86401',
  RETRY_ATTEMPTS: '4',
  RETRY_BASE_MS: '1003',
  RETRY_LONGEST_MS: '60005',
  PENDING_PAUSE_MS: '5005',
  PENDING_LONGEST_PAUSE_MS: '60007',
  SEED: '2',
  SEED_COUNT: '5009',
};

describe('configuration', () => {
  it('needs only the database', () => {
    expect(readConfig({ DATABASE_URL })).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      logLevel: 'info',
      database: { url: DATABASE_URL, poolSize: 10, connectTimeoutMs: 2000, statementTimeoutMs: 5000 },
      cache: {
        enabled: true,
        commandTimeoutMs: 250,
        ttlS: 300,
        breaker: { enabled: true, failures: 5, resetMs: 60_000 },
      },
      seed: { seed: 1, count: 5000 },
    });
  });

  it('passes on every variable, each to a place of its own', () => {
    const defaults = settings.parse({ DATABASE_URL: 'postgres://127.0.0.1/default' });
    const given = settings.parse(odd);
    for (const name of Object.keys(defaults) as (keyof typeof defaults)[])
      expect(given[name], name).not.toEqual(defaults[name]);
    const retry = { attempts: 4, basePauseMs: 1003, longestPauseMs: 60_005 };
    const breaker = { enabled: false, failures: 6, resetMs: 60_003 };
    expect(readConfig(odd)).toEqual({
      host: '127.0.0.9',
      port: 3017,
      instance: 'odd-one',
      logLevel: 'trace',
      shutdownTimeoutMs: 15_007,
      requestTimeoutMs: 10_007,
      mcp: { allowedHostnames: ['odd.example'], allowedOriginHostnames: ['odder.example'] },
      trustProxy: 7,
      auth: { enabled: false, failuresPerAddress: 21 },
      rateLimit: { enabled: false, windowS: 61, perUser: 601, perAddress: 3001, perService: 60_001 },
      health: { everyMs: 300_001, timeoutMs: 2001 },
      logFiles: {
        ...{
          folder: 'odd/logs',
          name: 'memory-api',
          writer: 'odd-one',
          rotateEvery: 'daily',
          compress: true,
        },
        ...{ maxFileSizeBytes: 52_428_801, keepFiles: 15, keepDays: 31 },
      },
      embeddings: {
        ...{ url: 'http://odd.example/v1', apiKey: 'odd-key', model: 'odd', dimensions: 65 },
        ...{ deadlineMs: 5003, tryTimeoutMs: 2005, cacheTtlS: 86_401, retry, breaker },
        ...{ pendingPauseMs: 5005, pendingLongestPauseMs: 60_007 },
      },
      database: {
        ...{ url: DATABASE_URL, poolSize: 11, overflowSize: 23, acquireTimeoutMs: 30_001 },
        ...{ recycleAfterS: 3601, connectTimeoutMs: 2003, statementTimeoutMs: 5001, retry, breaker },
      },
      cache: {
        ...{ enabled: false, url: 'redis://odd.example:6380', commandTimeoutMs: 251 },
        ...{ ttlS: 303, negativeTtlS: 33, breaker },
        process: { maxEntries: 101, maxBytes: 64 * 1024 * 1024, ttlMs: 1001 },
      },
      seed: { seed: 2, count: 5009 },
    });
  });

  it.each(['false', '0', 'no', 'off'])('takes %s for a switch that is off', (value) => {
    const { cache } = readConfig({ DATABASE_URL, CACHE_ENABLED: value, BREAKER_ENABLED: value });
    expect([cache.enabled, cache.breaker.enabled]).toEqual([false, false]);
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readConfig({ DATABASE_URL, PORT: '', REDIS_URL: '' })).toEqual(readConfig({ DATABASE_URL }));
  });

  it('tells all problems at once, with what came, but no address that may hold a password', () => {
    const environment = { DATABASE_URL: 'mysql://root:hidden@x', PORT: '70000', BREAKER_RESET_MS: 'soon' };
    const message = messageOf(() => readConfig(environment));
    expect(message).toMatch(/DATABASE_URL: expected a postgres:\/\/ URL/);
    expect(message).toMatch(/PORT: .*65535.*it is "70000"/);
    expect(message).toMatch(/BREAKER_RESET_MS: .*number.*it is "soon"/);
    expect(message).not.toContain('hidden');
  });

  it.each([
    ['false', false],
    ['0', false],
    ['true', 1],
    ['2', 2],
    ['10.0.0.0/8, ::1', ['10.0.0.0/8', '::1']],
    ['loopback,192.168.0.7', ['loopback', '192.168.0.7']],
  ])('believes proxies: %s', (value, expected) => {
    expect(readConfig({ DATABASE_URL, TRUST_PROXY: value }).trustProxy).toEqual(expected);
  });

  it.each(['yes', '-1', '10.0.0.0/33', '::1/129', 'proxy.example', '10.0.0.1,', '1,2'])(
    'refuses what is no number and no list of proxies: %s',
    (value) => {
      expect(messageOf(() => readConfig({ DATABASE_URL, TRUST_PROXY: value }))).toMatch(
        /TRUST_PROXY: expected false, the number of proxies, or their addresses/,
      );
    },
  );

  it.each([
    ['EMBEDDINGS_URL', 'ftp://embeddings.example/v1', /expected an http/],
    ['EMBEDDINGS_URL', 'embeddings.example/v1', /expected an http/],
    ['EMBEDDINGS_URL', 'http://me:hidden@embeddings.example/v1', /without user and password/],
    ['EMBEDDINGS_API_KEY', 'hidden key', /expected visible ASCII/],
    ['EMBEDDINGS_API_KEY', 'hidden\nkey', /expected visible ASCII/],
  ])('refuses what the provider could not be asked with: %s=%j', (name, value, expected) => {
    const message = messageOf(() => readConfig({ DATABASE_URL, [name]: value }));
    expect(message).toMatch(expected);
    expect(message).not.toContain('hidden');
  });

  it.each([
    [{ SHUTDOWN_TIMEOUT_MS: '10000' }, /SHUTDOWN_TIMEOUT_MS: expected more than REQUEST_TIMEOUT_MS, 10000/],
    [{ REQUEST_TIMEOUT_MS: '20000' }, /REQUEST_TIMEOUT_MS, 20000, got 15000 \(it is not set\)/],
  ])('refuses to stop before a request that has begun must be answered: %j', (given, expected) => {
    expect(messageOf(() => readConfig({ DATABASE_URL, ...given }))).toMatch(expected);
    const longer = { ...given, SHUTDOWN_TIMEOUT_MS: '20001' };
    expect(readConfig({ DATABASE_URL, ...longer }).shutdownTimeoutMs).toBe(20_001);
  });

  it('names the process after host and port, or as it is told', () => {
    const instanceOf = (given: NodeJS.ProcessEnv) => readConfig({ DATABASE_URL, ...given }).instance;
    expect(instanceOf({ HOST: '0.0.0.0' })).toBe(`${hostname()}:3000`);
    expect(instanceOf({ INSTANCE: 'memory-api-0' })).toBe('memory-api-0');
    // Two of them on one host would have the same.
    expect(instanceOf({ PORT: '0' })).toBeUndefined();
    // Those who write to one folder have different names, of letters that a name of a file can have.
    const writerOf = (given: NodeJS.ProcessEnv) =>
      readConfig({ DATABASE_URL, LOG_FOLDER: 'logs', ...given }).logFiles?.writer;
    expect(writerOf({ INSTANCE: 'a.b/c:3000' })).toBe('a_b_c_3000');
    expect(writerOf({ PORT: '0' })).toBe(`process-${process.pid}`);
  });

  it('says that the database is missing', () => {
    expect(messageOf(() => readConfig({}))).toMatch(
      /DATABASE_URL: expected a postgres:\/\/ URL \(it is not set\)/,
    );
  });

  it('has every setting, with its default, in the README', async () => {
    const readme = await readFile(join(import.meta.dirname, 'README.md'), 'utf8');
    const rows = [...readme.matchAll(/^\| `([A-Z_]+)` +\| (?:`([^`]+)`|-) +\|/gm)];
    const defaults = settings.parse({ DATABASE_URL }) as Record<string, unknown>;
    expect(Object.fromEntries(rows.map(([, name, value]) => [name, value]))).toEqual({
      ...Object.fromEntries(
        Object.entries(defaults).map(([name, value]) => [name, value === '' ? undefined : String(value)]),
      ),
      DATABASE_URL: undefined,
    });
  });
});

function messageOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}
