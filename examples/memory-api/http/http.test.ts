import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { type AuditEvent, channels } from '../events.ts';
import { startPostgres, startRedis, type TestRedis, type TestServer, until } from '../test-servers.ts';
import { startHttp, type TestHttp } from './test-http.ts';

const { runs, titled } = await needs('postgres', 'redis');
const notes = '/api/v1/notes';

let postgres: TestServer;
let redis: TestRedis;
let service: TestHttp;
let ada: string;
let bob: string;
let robot: string;

beforeAll(async () => {
  if (!runs) return;
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  service = await startHttp({ postgres, redis });
  ({ key: ada } = await service.keys.issue('of ada', 'ada'));
  ({ key: bob } = await service.keys.issue('of bob', 'bob'));
  ({ key: robot } = await service.keys.issue('of a service'));
}, 30_000);

afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await Promise.all([postgres, redis].map((server) => server?.[Symbol.asyncDispose]()));
});

async function note(user_id: string, content: string, on = service): Promise<string> {
  const id = randomUUID();
  await on.pool.query('insert into notes values ($1, $2, $3)', [id, user_id, content]);
  return id;
}

describe.runIf(runs)(titled('authentication'), () => {
  it('lets in who has a key', async () => {
    const id = await note('ada', 'mine');
    const { status, body } = await service.ask(`${notes}/${id}`, { key: ada });
    expect([status, body.data]).toEqual([200, { id, user_id: 'ada', content: 'mine' }]);
  });

  it('answers every kind of bad key alike', async () => {
    const { id, key: revoked } = await service.keys.issue('revoked', 'ada');
    await service.keys.revoke(id);
    const other = await startHttp({ postgres, redis });
    const unknown = (await other.keys.issue('gone', 'ada')).key;
    await other.pool.query("delete from api_keys where name = 'gone'");
    await other[Symbol.asyncDispose]();

    const authorizations = [
      undefined,
      '',
      ada,
      `Basic ${ada}`,
      'Bearer',
      'Bearer nonsense',
      `Bearer ${ada.slice(0, -1)}`,
      `Bearer ${revoked}`,
      `Bearer ${unknown}`,
    ];
    const answers = await Promise.all(
      authorizations.map((authorization) =>
        service.ask(`${notes}?user_id=ada`, {
          headers: authorization === undefined ? {} : { authorization },
        }),
      ),
    );
    const seen = answers.map(({ status, headers, body }) => {
      const { timestamp: _, ...error } = body.error;
      return { status, challenge: headers['www-authenticate'], error };
    });
    expect(seen[0]).toMatchObject({
      status: 401,
      challenge: 'Bearer realm="memory-api"',
      error: { error_code: 'AUTHENTICATION_FAILED', category: 'authentication' },
    });
    for (const one of seen) expect(one).toEqual(seen[0]);
  });

  it.each([
    ['GET', '/health/live', 200],
    ['HEAD', '/health/live', 200],
    ['GET', '/openapi.json', 200],
    ['GET', '/nowhere', 401],
    ['GET', '/health/live/', 401],
    ['POST', '/health/live', 401],
  ])('without a key: %s %s is %i', async (method, path, status) => {
    expect((await service.ask(path, { method })).status).toBe(status);
  });

  it.each([
    ['lists', () => service.ask(`${notes}?user_id=bob`, { key: ada })],
    [
      'writes',
      () => service.ask(notes, { key: ada, body: { id: randomUUID(), user_id: 'bob', content: 'x' } }),
    ],
    [
      'names two users',
      () =>
        service.ask(`${notes}?user_id=bob`, {
          key: ada,
          body: { id: randomUUID(), user_id: 'ada', content: 'x' },
        }),
    ],
  ])('one user never acts for another: %s', async (_, act) => {
    const { status, body } = await act();
    expect([status, body.error.error_code, body.error.category]).toEqual([
      403,
      'NOT_ALLOWED',
      'authorization',
    ]);
  });

  it('what belongs to somebody else looks as if it did not exist', async () => {
    const [foreign, missing] = [await note('bob', 'his'), randomUUID()];
    const [one, other] = await Promise.all(
      [foreign, missing].map((id) => service.ask(`${notes}/${id}`, { key: ada })),
    );
    expect(one!.status).toBe(404);
    const shape = (answer: typeof one, id: string) => {
      const { timestamp: _, ...error } = answer!.body.error;
      return JSON.stringify(error).replaceAll(id, 'ID');
    };
    expect(shape(one, foreign)).toBe(shape(other, missing));
    expect((await service.ask(`${notes}/${foreign}`, { key: bob })).status).toBe(200);
  });

  it('a service acts for whom it likes', async () => {
    for (const user_id of ['ada', 'bob', 'zoe']) {
      const id = randomUUID();
      const body = { id, user_id, content: 'x' };
      expect((await service.ask(notes, { key: robot, body })).status).toBe(201);
      expect((await service.ask(`${notes}/${id}`, { key: robot })).status).toBe(200);
    }
  });
});

describe.runIf(runs)(titled('rate limits'), () => {
  it('tells how they stand, refuses with 429 and Retry-After, and leaves others and open routes alone', async () => {
    await using limited = await startHttp({ postgres, redis, requests: { perUser: 3 } });
    const carl = (await limited.keys.issue('of carl', 'carl')).key;
    const path = `${notes}?user_id=carl`;
    const answers = [];
    for (let n = 0; n < 5; n += 1) answers.push(await limited.ask(path, { key: carl }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
    expect(answers[0]!.headers['ratelimit-policy']).toBe('"address";q=1000;w=60, "user";q=3;w=60');
    expect(answers.map(({ headers }) => /"user";r=(\d);t=\d+$/.exec(String(headers.ratelimit))?.[1])).toEqual(
      ['2', '1', '0', '0', '0'],
    );
    const { headers, body } = answers[4]!;
    expect(body.error).toMatchObject({ error_code: 'RATE_LIMIT_EXCEEDED', recoverable: true });
    expect(Number(headers['retry-after'])).toBe(body.error.details.retry_after_s);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);

    expect((await limited.ask(`${notes}?user_id=bob`, { key: bob })).status).toBe(200);
    expect((await limited.ask('/health/live')).status).toBe(200);

    await using second = await startHttp({ postgres, redis, requests: { perUser: 3 } });
    expect((await second.ask(path, { key: carl })).status, 'the count is shared').toBe(429);
  });

  it('holds a user to the limit also behind a service, and the service to its own', async () => {
    const requests = { perUser: 2, perService: 6, perAddress: 1 };
    await using limited = await startHttp({ postgres, redis, requests });
    const { key } = await limited.keys.issue('of another service');
    const statuses = [];
    for (const user of ['dora', 'dora', 'dora', 'emil', 'emil', 'emil', 'fred']) {
      statuses.push((await limited.ask(`${notes}?user_id=${user}`, { key })).status);
    }
    expect(statuses).toEqual([200, 200, 429, 200, 200, 429, 429]);
  });

  it('counts an address over all of its users', async () => {
    await redisFlush();
    await using limited = await startHttp({ postgres, redis, requests: { perAddress: 2 } });
    const statuses = [];
    for (const [user, key] of Object.entries({ ada, bob })) {
      for (let n = 0; n < 2; n += 1) {
        statuses.push((await limited.ask(`${notes}?user_id=${user}`, { key })).status);
      }
    }
    expect(statuses).toEqual([200, 200, 429, 429]);
  });

  it('refuses an address that fails too often, without asking the database, but not its good keys', async () => {
    await redisFlush();
    await using limited = await startHttp({ postgres, redis, requests: { failures: 3 } });
    const path = `${notes}?user_id=ada`;
    expect((await limited.ask(path, { key: ada })).status).toBe(200);
    const made = await Promise.all([1, 2, 3, 4, 5].map(() => limited.keys.issue('to be deleted')));
    await limited.pool.query("delete from api_keys where name = 'to be deleted'");
    const statuses = [];
    for (const { key } of made) statuses.push((await limited.ask(path, { key })).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    expect((await limited.ask(path)).headers['retry-after']).toMatch(/^\d+$/);
    expect((await limited.ask(path, { key: ada })).status).toBe(200);
  });

  async function redisFlush(): Promise<void> {
    const { Redis } = await import('ioredis');
    const client = new Redis(redis.url);
    await client.flushall();
    await client.quit();
  }
});

describe.runIf(runs)(titled('rate limits without Redis'), () => {
  it('go on in this process while Redis is silent and when it is gone, and never fail', async () => {
    await using own = await startRedis();
    await using limited = await startHttp({ postgres, redis: own, requests: { perUser: 4 } });
    const path = `${notes}?user_id=gina`;
    const { key } = await limited.keys.issue('of gina', 'gina');
    expect((await limited.ask(path, { key })).status).toBe(200);
    own.pause();
    const statuses = [];
    try {
      for (let n = 0; n < 3; n += 1) statuses.push((await limited.ask(path, { key })).status);
    } finally {
      own.resume();
    }
    await own.kill();
    for (let n = 0; n < 3; n += 1) statuses.push((await limited.ask(path, { key })).status);
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
  });
});

describe.runIf(runs)(titled('the audit log'), () => {
  it('tells of attempts, accesses, refusals and what is suspicious, and holds no key and no content', async () => {
    const events: AuditEvent[] = [];
    const hear = (message: unknown) => void events.push(message as AuditEvent);
    await using own = await startRedis();
    await using watched = await startHttp({
      postgres,
      redis: own,
      requests: { perUser: 12 },
      trail: {
        failedAuthentications: { times: 2, windowMs: 60_000 },
        unknownIds: { times: 3, windowMs: 60_000 },
      },
    });
    const { key, id: key_id } = await watched.keys.issue('of hugo', 'hugo');
    const mine = await note('hugo', 'a secret content', watched);
    const foreign = await note('bob', 'his content', watched);
    channels.audit.subscribe(hear);
    try {
      await watched.ask(`${notes}/${mine}`, { key });
      await watched.ask(`${notes}/${mine}`, { key: 'mem_wrong' });
      await watched.ask(`${notes}/${mine}`);
      await watched.ask(`${notes}/${foreign}`, { key });
      await watched.ask(`${notes}?user_id=bob`, { key });
      await watched.ask(`${notes}/${randomUUID()}`, { key });
      await watched.ask(`${notes}/${randomUUID()}`, { key });
      await watched.ask(`${notes}/1'%20or%201=1--`, { key });
      for (let n = 0; n < 8; n += 1) await watched.ask(`${notes}?user_id=hugo`, { key });
    } finally {
      channels.audit.unsubscribe(hear);
    }

    const told = events.map(({ event, outcome, reason }) => [event, outcome, ...(reason ? [reason] : [])]);
    const access = ['data_access', 'allowed'];
    const refused = ['data_access', 'denied', 'belongs to another user'];
    const limited = ['rate_limit_exceeded', 'denied'];
    expect(told).toEqual([
      ['auth_attempt', 'allowed'],
      access,
      ['auth_attempt', 'denied', 'malformed key'],
      ['auth_attempt', 'denied', 'no key'],
      ['suspicious_activity', 'noticed', 'repeated failed authentication'],
      refused,
      ['suspicious_activity', 'noticed', 'access to data of another user'],
      refused,
      ['suspicious_activity', 'noticed', 'ids are tried one after the other'],
      ['suspicious_activity', 'noticed', 'probe in an id'],
      ...Array.from({ length: 6 }, () => access),
      limited,
      limited,
    ]);
    expect(events[1]).toEqual({
      event: 'data_access',
      outcome: 'allowed',
      user_id: 'hugo',
      key_id,
      address: '127.0.0.1',
      route: `GET ${notes}/:id`,
      memory_id: mine,
    });

    const lines = watched.logged.filter(({ audit }) => audit === true);
    expect(
      lines.map(({ event }) => event),
      'a refused client is one line',
    ).toEqual(events.map(({ event }) => event).slice(0, -1));
    expect(lines[1]).toMatchObject({ ...events[1], level: 'info', message: 'data_access' });
    expect(JSON.stringify(watched.logged)).not.toMatch(/mem_|content"?:|secret content/);
  });
});

describe.runIf(runs)(titled('compression'), () => {
  const small = JSON.stringify({ text: 'x'.repeat(1023 - 11) });
  const large = JSON.stringify({ text: 'x'.repeat(1024 - 11) });
  let http: TestHttp;

  beforeAll(async () => {
    http = await startHttp({
      postgres,
      redis,
      routes: (app) => {
        app.get('/small', (_, reply) => reply.type('application/json').send(small));
        app.get('/large', (_, reply) => reply.type('application/json').send(large));
        app.get('/unchanged', (_, reply) => reply.code(304).header('etag', '"1"').send());
        app.get('/part', (_, reply) =>
          reply
            .code(206)
            .type('application/json')
            .header('content-range', 'bytes 0-1999/4000')
            .send('x'.repeat(2000)),
        );
        app.get('/encoded', (_, reply) =>
          reply.type('application/json').header('content-encoding', 'br').send(Buffer.alloc(2000)),
        );
        app.get('/picture', (_, reply) => reply.type('image/png').send(Buffer.alloc(2000)));
      },
    });
  });
  afterAll(() => http?.[Symbol.asyncDispose]());

  it.each([
    ['/small', 'gzip', undefined, 1023],
    ['/large', 'gzip', 'gzip', undefined],
    ['/large', 'br, gzip', 'gzip', undefined],
    ['/large', 'br', undefined, 1024],
    ['/large', 'gzip;q=0', undefined, 1024],
    ['/large', undefined, undefined, 1024],
    ['/part', 'gzip', undefined, 2000],
    ['/encoded', 'gzip', 'br', 2000],
    ['/picture', 'gzip', undefined, 2000],
  ])('%s for a client that takes %s: %s', async (path, accepts, encoding, length) => {
    const headers = accepts === undefined ? {} : { 'accept-encoding': accepts };
    const { headers: got, bytes } = await http.ask(path, { key: ada, headers });
    expect(got['content-encoding']).toBe(encoding);
    if (length !== undefined) expect(bytes.length).toBe(length);
    else expect(gunzipSync(bytes).toString()).toBe(large);
    expect(Number(got['content-length'])).toBe(bytes.length);
    if (path === '/large') expect(got.vary).toBe('accept-encoding');
  });

  it('HEAD says what GET would', async () => {
    for (const path of ['/small', '/large']) {
      const ask = { key: ada, headers: { 'accept-encoding': 'gzip' } };
      const [get, head] = [await http.ask(path, ask), await http.ask(path, { ...ask, method: 'HEAD' })];
      const names = ['content-encoding', 'content-length', 'content-type', 'vary'];
      expect(names.map((name) => head.headers[name])).toEqual(names.map((name) => get.headers[name]));
      expect(head.bytes.length).toBe(0);
    }
  });

  it('304 has no body and no encoding', async () => {
    const headers = { 'accept-encoding': 'gzip' };
    const { status, headers: got, bytes } = await http.ask('/unchanged', { key: ada, headers });
    expect([status, got['content-encoding'], bytes.length, got.etag]).toEqual([304, undefined, 0, '"1"']);
  });
});

describe.runIf(runs)(titled('the deadline'), () => {
  it.each([
    ['a handler that waits', '/waits'],
    ['a handler that listens to the signal', '/listens'],
    ['a hook that waits', '/hook'],
  ])('%s', async (_, path) => {
    const reasons: unknown[] = [];
    await using hasty = await startHttp({
      postgres,
      redis,
      deadlineMs: 50,
      routes: (app) => {
        const abort = (signal: AbortSignal) =>
          new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        app.get('/waits', () => new Promise(() => {}));
        app.get('/listens', async ({ deadline }) => {
          expect(deadline.remainingMs()).toBeLessThanOrEqual(50);
          await abort(deadline.signal);
          reasons.push(deadline.signal.reason.name, deadline.remainingMs());
          deadline.signal.throwIfAborted();
        });
        const preHandler = async ({ deadline }: { deadline: { signal: AbortSignal } }) => {
          await abort(deadline.signal);
        };
        app.get('/hook', { preHandler }, async () => ({ never: true }));
      },
    });
    const { status, body } = await hasty.ask(path, { key: ada });
    expect([status, body.error.error_code, body.error.recoverable]).toEqual([503, 'DEADLINE_EXCEEDED', true]);
    expect(body.error.details).toEqual({ timeout_ms: 50 });
    if (path === '/listens') expect(reasons).toEqual(['DeadlineError', 0]);
    expect((await hasty.ask('/health/live')).status).toBe(200);
    expect(hasty.logged.filter(({ level, err }) => level === 'warn' && err)).toEqual([]);
  });

  it('a body that does not come', async () => {
    await using hasty = await startHttp({ postgres, redis, deadlineMs: 50 });
    const { hostname, port } = new URL(hasty.base);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST ${notes} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ada}\r\n` +
        'content-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    );
    const answer = Buffer.concat(await socket.toArray()).toString();
    expect(answer).toMatch(/^HTTP\/1\.1 503 .*connection: close.*DEADLINE_EXCEEDED/s);
  });

  it.each([
    ['in the middle of its body', 'content-type: application/json\r\ncontent-length: 100\r\n\r\n{'],
    ['while its answer is being made', 'content-length: 0\r\n\r\n'],
    ['before its answer is begun', 'late: yes\r\ncontent-length: 0\r\n\r\n'],
  ])("a client that hangs up is nobody's mistake: %s", async (_when, rest) => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    await using patient = await startHttp({
      postgres,
      redis,
      routes: (app) => {
        app.addHook('onRequest', async ({ headers, deadline }) => {
          begin();
          if (headers.late) await once(deadline.signal, 'abort');
        });
        app.post('/waits', async ({ deadline: { signal } }) => {
          await once(signal, 'abort');
          signal.throwIfAborted();
        });
      },
    });
    const { hostname, port } = new URL(patient.base);
    const socket = connect(Number(port), hostname);
    const head = `POST /waits HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ada}\r\n`;
    socket.write(head + rest);
    await begun;
    socket.destroy();
    const told = () => patient.logged.filter(({ error_code }) => error_code);
    await until(() => told().length > 0);
    expect(told()).toMatchObject([
      { level: 'info', error_code: 'CLIENT_CLOSED_REQUEST', category: 'network', severity: 'low' },
    ]);
  });

  it('aborts also when the client has gone', async () => {
    const { promise: aborted, resolve } = Promise.withResolvers<Error>();
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    await using patient = await startHttp({
      postgres,
      redis,
      routes: (app) => {
        app.get('/waits', async ({ deadline: { signal } }) => {
          signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
          start();
          await aborted;
        });
      },
    });
    const client = new AbortController();
    const headers = { authorization: `Bearer ${ada}` };
    const gone = fetch(`${patient.base}/waits`, { headers, signal: client.signal }).catch(({ name }) => name);
    await started;
    client.abort();
    expect(await gone).toBe('AbortError');
    expect((await aborted).message).toBe('the client closed the connection');
  });
});
