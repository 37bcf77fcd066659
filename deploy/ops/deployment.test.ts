import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needsPgvector } from '../../examples/memory-api/storage/test-pgvector.ts';
import { freePort, until } from '../../examples/memory-api/test-servers.ts';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { ops, startOps } from './testing/ops.ts';
import { openPlace, type Place } from './testing/place.ts';

const gates = [await needsPgvector(), await needs('redis')];
const runs = gates.every((it) => it.runs);
const titled = (title: string) => gates.reduce((named, it) => it.titled(named), title);

describe.runIf(runs)(titled('the scripts around a service'), () => {
  let place: Place;
  let env: Record<string, string>;

  beforeAll(async () => {
    place = await openPlace({ memories: 20, settings: { BREAKER_FAILURES: '2' } });
    const gone = `http://127.0.0.1:${await freePort()}`;
    env = { ...place.env, PROMETHEUS_URL: gone, LOKI_URL: gone, ALERTMANAGER_URL: gone };
  });
  afterAll(() => place?.[Symbol.asyncDispose]());

  const outcomes = (stdout: string) =>
    Object.fromEntries(
      (JSON.parse(stdout) as { what: string; outcome: string }[]).map(({ what, outcome }) => [what, outcome]),
    );

  it('check-dependencies sees what is there, and what need not be', async () => {
    const { code, stdout } = await ops('check-dependencies', ['--json'], env);
    expect(outcomes(stdout)).toEqual({
      ...{
        Node: 'ok',
        PostgreSQL: 'ok',
        schema: 'ok',
        pgvector: 'ok',
        connections: 'ok',
        pg_dump: 'ok',
        Redis: 'ok',
      },
      ...{ Prometheus: 'missing', Alertmanager: 'missing', Loki: 'missing' },
    });
    expect(code).toBe(0);
  });

  it.each([
    [
      'no schema',
      async () => ({ DATABASE_URL: await emptyDatabase() }),
      'schema',
      /001_memories.*migrate\.ts/,
    ],
    [
      'too few connections',
      async () => ({ DATABASE_POOL_SIZE: '200' }),
      'connections',
      /max_connections larger/,
    ],
    ['nobody', async () => ({ DATABASE_URL: 'postgres://127.0.0.1:1/x' }), 'PostgreSQL', /ECONNREFUSED/],
    [
      'a provider that is away',
      async () => ({ EMBEDDINGS_URL: env.LOKI_URL!, RETRY_ATTEMPTS: '1' }),
      'embeddings',
      /does not answer/,
    ],
  ])('check-dependencies fails for %s', async (_, given, what, seen) => {
    const { code, stdout, stderr } = await ops('check-dependencies', [], { ...env, ...(await given()) });
    expect(stdout).toMatch(new RegExp(`^wrong +${what} .*${seen.source}`, 'm'));
    expect(stderr).toContain(what);
    expect(code).toBe(1);
  });

  it('verify-deployment uses the service, and leaves nothing', async () => {
    const { code, stdout } = await ops('verify-deployment', ['--json', '--expect-version', '0.1.0'], env);
    const seen = outcomes(stdout);
    expect(seen).toMatchObject({ Prometheus: 'missing', Loki: 'missing', 'metrics page': 'ok' });
    for (const what of ['ready', 'live', 'version', 'create', 'read', 'list', 'search', 'update', 'delete'])
      expect(seen[what], what).toBe('ok');
    expect(code).toBe(0);
    expect(await memoriesOf('verify-deployment')).toBe(0);
  });

  it.each([
    ['no key', { KEY: '' }, [], /^wrong +create .*401.*give a key/m],
    [
      'another version',
      {},
      ['--expect-version', '9.9.9'],
      /^wrong +version .*expected 9\.9\.9, got 0\.1\.0/m,
    ],
    ['nobody there', { SERVICE_URL: 'http://127.0.0.1:1' }, ['--wait', '1s'], /^wrong +ready .*within 1 s/m],
  ])('verify-deployment fails for %s', async (_, given, args, seen) => {
    const { code, stdout } = await ops('verify-deployment', args, { ...env, ...given });
    expect(stdout).toMatch(seen);
    expect(code).toBe(1);
  });

  it('verify-deployment that is ended deletes its memory', async () => {
    // In front of the service is somebody who keeps every search to himself.
    await using front = await startFront(place.service.url);
    const child = startOps('verify-deployment', ['--user', 'ended'], { ...env, SERVICE_URL: front.url });
    const ended = once(child, 'close');
    await front.held;
    expect(await memoriesOf('ended')).toBe(1);
    child.kill('SIGTERM');
    front.release();
    expect((await ended)[0]).toBe(143);
    expect(await memoriesOf('ended')).toBe(0);
  });

  it('health-monitor follows the service, and gives up when it is not ready', async () => {
    const once = await ops('health-monitor', ['--once'], env);
    expect([once.code, once.stdout]).toEqual([
      0,
      expect.stringMatching(/ ok: postgres ok \d+ ms, redis ok .*; alerts: not known/),
    ]);
    const gone = await ops('health-monitor', ['--every', '10ms', '--failures', '2'], {
      ...env,
      SERVICE_URL: 'http://127.0.0.1:1',
    });
    expect(gone.stdout.match(/no answer/g)).toHaveLength(2);
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining('was not ready 2 times in a row')]);
  });

  it('health-monitor that is ended ends well', async () => {
    const child = startOps('health-monitor', ['--every', '1h', '--json'], env);
    const [line] = await once(child.stdout, 'data');
    expect(JSON.parse(String(line))).toMatchObject({ ready: true, status: 'ok' });
    child.kill('SIGTERM');
    expect((await once(child, 'close'))[0]).toBe(0);
  });

  it('service starts it, does not start it twice, and stops it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ops-service-'));
    const [port, metricsPort] = [await freePort(), await freePort()];
    const settings = {
      ...{ DATABASE_URL: env.DATABASE_URL!, REDIS_URL: env.REDIS_URL!, PORT: String(port) },
      ...{ SERVICE_URL: `http://127.0.0.1:${port}`, OTEL_EXPORTER_PROMETHEUS_PORT: String(metricsPort) },
    };
    const service = (verb: string) => ops('service', [verb, '--folder', folder], settings);
    try {
      const started = await service('start');
      expect([started.code, started.stderr]).toEqual([0, '']);
      const pid = Number(await readFile(join(folder, 'service.pid'), 'utf8'));
      expect(started.stdout).toBe(`started as process ${pid}\n`);
      // Not what was built, which may be of the version before: nobody has to remember to build.
      const { stdout: args } = await promisify(execFile)('ps', ['-o', 'args=', '-p', String(pid)]);
      expect(args).toContain('/instrumentation/preload.ts server.ts');
      const page = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
      expect(await page.text()).toContain('database_pool_out');
      const again = await service('start');
      expect([again.code, again.stderr]).toEqual([
        1,
        expect.stringContaining(`it runs already, as process ${pid}`),
      ]);
      const restarted = await service('restart');
      expect(restarted.stdout).toMatch(new RegExp(`stopped process ${pid}\nstarted as process \\d+`));
      expect((await service('stop')).stdout).toMatch(/stopped process/);
      expect(await readFile(join(folder, 'service.log'), 'utf8')).toContain('"message":"stopped"');
      expect((await service('stop')).stdout).toBe('it does not run\n');
      // A number that is somebody else's by now.
      await writeFile(join(folder, 'service.pid'), `${process.pid}\n`);
      expect((await service('stop')).stdout).toBe('it does not run\n');
    } finally {
      await service('stop');
      await rm(folder, { recursive: true });
    }
  });

  it('service says why it did not get ready', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ops-service-'));
    const taken = new URL(place.service.url).port;
    const settings = { DATABASE_URL: env.DATABASE_URL!, PORT: taken, SERVICE_URL: 'http://127.0.0.1:1' };
    try {
      const { code, stderr } = await ops('service', ['start', '--folder', folder], settings);
      expect(stderr).toMatch(/ended before it was ready\n.*EADDRINUSE/s);
      expect(code).toBe(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('validate-configuration takes the settings, and names every wrong one', async () => {
    const good = await ops('validate-configuration', [], env);
    expect(good.stdout).toMatch(/^ok +settings /m);
    expect(good.stdout).toMatch(/^ok +metrics\.json +\d+ metrics/m);
    const { code, stdout } = await ops('validate-configuration', [], {
      ...env,
      ...{ PORT: 'x', LOG_LEVEL: 'loud', LOKI_URL: 'loki' },
    });
    expect(stdout).toMatch(/^wrong +settings .*\n.*LOG_LEVEL|PORT/m);
    expect(stdout).toMatch(/^wrong +addresses /m);
    for (const name of ['PORT', 'LOG_LEVEL', 'LOKI_URL']) expect(stdout).toContain(name);
    expect(code).toBe(1);
  });

  it('validate-configuration warns of what is only meant for a desk', async () => {
    const { code, stdout } = await ops('validate-configuration', [], {
      ...{ ...env, HOST: '0.0.0.0', AUTH_ENABLED: 'false' },
    });
    expect(stdout).toMatch(/^wrong +production +AUTH_ENABLED=false while it listens on 0\.0\.0\.0/m);
    expect(code).toBe(1);
  });

  // Last: nothing brings it back.
  it('a Redis that is away is missing, and the service degraded', async () => {
    await place.redis.kill();
    const checked = await ops('check-dependencies', ['--json'], env);
    expect([checked.code, outcomes(checked.stdout).Redis]).toEqual([0, 'missing']);
    await until(async () => {
      const { code, stdout } = await ops('health-monitor', ['--once'], env);
      return code === 0 && /degraded: .*redis unavailable/.test(stdout);
    });
  });

  async function memoriesOf(user: string): Promise<number> {
    const client = new pg.Client(place.postgres.url);
    await client.connect();
    const { rows } = await client.query('select count(*)::int as count from memories where user_id = $1', [
      user,
    ]);
    await client.end();
    return rows[0].count;
  }

  async function emptyDatabase(): Promise<string> {
    const client = new pg.Client(place.postgres.url);
    await client.connect();
    await client.query('create database without_schema');
    await client.end();
    return place.postgres.url.replace(/[^/]+$/, 'without_schema');
  }
});

/** Passes everything on but searches, which it answers when it is told to. */
async function startFront(target: string) {
  const held = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const pass: RequestListener = async (request, response) => {
    const body = await new Response(request as never).text();
    if (request.url!.endsWith('/search')) {
      held.resolve();
      await released.promise;
    }
    const { authorization = '', 'content-type': type = '' } = request.headers;
    const answer = await fetch(target + request.url, {
      ...{ method: request.method!, headers: { authorization, ...(body && { 'content-type': type }) } },
      body: body || null,
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(answer.status === 204 ? undefined : await answer.text());
  };
  const server = createServer((request, response) => void pass(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    held: held.promise,
    release: () => released.resolve(),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
