import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig, settings } from './config.ts';

const DATABASE_URL = 'postgres://service:hidden@db.example:5432/memories';

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
