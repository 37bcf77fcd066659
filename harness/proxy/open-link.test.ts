import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { HarnessError } from '../errors.ts';
import { seededRandom } from '../random.ts';
import { needs } from '../setup/fixtures/parts.ts';
import { freePort } from '../stack/free-port.ts';
import { type RealRedis, startRedis } from './fixtures/redis.ts';
import { dial, fateOf, openSockets, readAll, startTcp } from './fixtures/tcp.ts';
import type { LinkSpec } from './link.ts';
import { openLink } from './open-link.ts';

const loopback = '127.0.0.1';
const linkTo = (port: number, spec: Partial<LinkSpec> = {}) =>
  openLink({ name: 'it', protocol: 'opaque', upstream: { host: loopback, port }, seed: 1, ...spec });

const startEcho = () => startTcp((socket) => socket.pipe(socket));

async function exchange(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [answer] = await once(socket, 'data');
  return String(answer);
}

/**
 * So many round trips over a link that lets everything through: what had been on its way before them, and is kept by
 * nobody, has arrived when they are done. As slow as the machine is, unlike a time.
 */
async function roundTrips(count: number): Promise<void> {
  await using echo = await startEcho();
  await using link = await linkTo(echo.port);
  const socket = await dial(link.port);
  for (let trip = 0; trip < count; trip++) await exchange(socket, 'there and back');
  socket.destroy();
}

/** The code with which connecting fails, or `connected`. */
async function tryConnect(port: number): Promise<string> {
  const socket = connect(port, loopback);
  try {
    await once(socket, 'connect');
    return 'connected';
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  } finally {
    socket.on('error', () => {}).destroy();
  }
}

const { runs, titled } = await needs('redis');
let redis: RealRedis;
beforeAll(async () => {
  if (runs) redis = await startRedis();
});
afterAll(() => redis?.[Symbol.asyncDispose]());

/** ioredis that gives up at once and tries again soon. */
const clientOf = (port: number) =>
  new Redis({ host: loopback, port, maxRetriesPerRequest: 0, retryStrategy: () => 20 }).on('error', () => {});

test.runIf(runs)(
  titled('ioredis over a link: commands, hits and misses, also pipelined and in a transaction'),
  async () => {
    await using link = await linkTo(redis.port, { protocol: 'redis', cacheKeys: 'memory:*' });
    const client = clientOf(link.port);
    await client.set('memory:1', 'x'.repeat(20_000));
    const pipeline = client.pipeline();
    for (let i = 0; i < 1000; i++)
      pipeline
        .get(`memory:${i % 2}`)
        .mget('memory:1', 'memory:0', 'other')
        .get('other');
    expect(await pipeline.exec()).toHaveLength(3000);
    await client.multi().get('memory:1').hgetall('memory:none').exec();
    expect(await client.set('memory:1', 'y', 'NX')).toBeNull();
    await expect(client.hget('memory:1', 'field')).rejects.toThrow('WRONGTYPE');
    const counts = link.take();
    expect(counts).toMatchObject({
      connections: 1,
      commands: { SET: 2, GET: 2001, MGET: 1000, MULTI: 1, EXEC: 1, HGETALL: 1, HGET: 1 },
      hits: 1501,
      misses: 1501,
      errors: 1,
    });
    expect(counts.handshakes).toBeGreaterThan(0);
    expect(counts.bytesToTarget).toBeGreaterThan(1500 * 20_000);
    expect(link.take()).toMatchObject({ connections: 0, commands: {}, hits: 0, bytesToTarget: 0 });
    client.disconnect();
  },
);

test.runIf(runs).each(['refuse', 'cut', 'hold'] as const)(
  titled('ioredis lives through %s and finds the same port again'),
  async (fault) => {
    await using link = await linkTo(redis.port, { protocol: 'redis' });
    const { port } = link;
    const client = new Redis({
      host: loopback,
      port,
      maxRetriesPerRequest: 0,
      commandTimeout: 250,
      retryStrategy: () => 20,
    }).on('error', () => {});
    await client.set('key', 'kept');
    for (let round = 0; round < 3; round++) {
      await link[fault]();
      await expect(client.get('key')).rejects.toThrow();
      await link.heal();
      expect(link.port).toBe(port);
      await vi.waitFor(async () => expect(await client.get('key')).toBe('kept'), { timeout: 3000 });
    }
    client.disconnect();
  },
);

test('refuse: connecting is refused and what was open is reset, on both sides', async () => {
  const fates: Promise<string>[] = [];
  await using upstream = await startTcp((socket) => {
    fates.push(fateOf(socket));
    socket.write('hello');
  });
  await using link = await linkTo(upstream.port);
  const socket = await dial(link.port);
  await once(socket, 'data');
  fates.push(fateOf(socket));
  await link.refuse();
  expect(await tryConnect(link.port)).toBe('ECONNREFUSED');
  expect(await Promise.all(fates)).toEqual(['ECONNRESET', 'ECONNRESET']);
  await link.heal();
  expect(await tryConnect(link.port)).toBe('connected');
});

test('cut: what was open is reset, and each new connection once it is accepted', async () => {
  await using echo = await startEcho();
  await using link = await linkTo(echo.port);
  const before = await dial(link.port);
  await exchange(before, 'hello');
  const fate = fateOf(before);
  await link.cut();
  expect(await fate).toBe('ECONNRESET');
  for (let i = 0; i < 5; i++) expect(await fateOf(connect(link.port, loopback))).toBe('ECONNRESET');
  expect(link.take().connections).toBe(6);
  await link.heal();
  expect(await exchange(await dial(link.port), 'again')).toBe('again');
});

test('hold: nothing passes and nothing breaks; healed, everything arrives in order', async () => {
  await using echo = await startEcho();
  await using link = await linkTo(echo.port);
  const before = await dial(link.port);
  await exchange(before, 'hello');
  await link.hold();
  link.take();
  const during = await dial(link.port);
  const received = [before, during].map(readAll);
  const passed = vi.fn();
  for (const socket of [before, during]) socket.once('data', passed);
  for (const socket of [before, during]) {
    socket.write('one ');
    socket.write('two');
    socket.end();
  }
  await roundTrips(50);
  expect(passed).not.toHaveBeenCalled();
  expect(link.take()).toMatchObject({ connections: 1, bytesToDependency: 0, bytesToTarget: 0 });
  expect(echo.sockets.size).toBe(1);
  await link.heal();
  expect((await Promise.all(received)).map(String)).toEqual(['one two', 'one two']);
});

test.runIf(runs)(titled('hold: commands count when they are sent, bytes when they pass'), async () => {
  await using link = await linkTo(redis.port, { protocol: 'redis' });
  await link.hold();
  const socket = await dial(link.port);
  const answer = once(socket, 'data');
  socket.write('*2\r\n$3\r\nGET\r\n$4\r\nnone\r\n');
  const held = await vi.waitFor(() => {
    const taken = link.take();
    expect(taken.commands).toEqual({ GET: 1 });
    return taken;
  });
  expect(held.bytesToDependency).toBe(0);
  await link.heal();
  expect(String((await answer)[0])).toBe('$-1\r\n');
  expect(link.take()).toMatchObject({ commands: {}, bytesToDependency: 23, bytesToTarget: 5 });
  socket.destroy();
});

test('hold: a target that gives up is noticed, and its connection closed', async () => {
  await using echo = await startEcho();
  await using link = await linkTo(echo.port);
  const socket = await dial(link.port);
  await exchange(socket, 'hello');
  await link.hold();
  socket.resetAndDestroy();
  await vi.waitFor(() => expect(echo.sockets.size).toBe(0));
});

test('delay: each answer waits, by the numbers of the seed, and not a moment less', async () => {
  await using echo = await startEcho();
  await using link = await linkTo(echo.port, { seed: 7 });
  await link.delay(25, 20);
  const random = seededRandom(7);
  const socket = await dial(link.port);
  for (let i = 0; i < 20; i++) {
    const delayMs = 25 + 20 * (2 * random() - 1);
    const startedMs = performance.now();
    await exchange(socket, 'x');
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(delayMs);
  }
  await link.heal();
  const startedMs = performance.now();
  for (let i = 0; i < 20; i++) await exchange(socket, 'x');
  expect(performance.now() - startedMs).toBeLessThan(20 * 25);
  socket.destroy();
});

test('delay: what waits when the link is healed passes at once, before what comes later', async () => {
  await using echo = await startEcho();
  await using link = await linkTo(echo.port);
  await link.delay(60_000, 0);
  const socket = await dial(link.port);
  const received = readAll(socket);
  socket.write('first ');
  await vi.waitFor(() => expect(link.take().bytesToDependency).toBe(6));
  await link.heal();
  socket.end('second');
  expect(String(await received)).toBe('first second');
});

/** Bytes from a seed, in pieces of random size. */
function randomPieces(seed: number, totalBytes: number): Buffer[] {
  const random = seededRandom(seed);
  const pieces: Buffer[] = [];
  for (let left = totalBytes; left > 0; ) {
    const size = Math.min(left, 1 + Math.floor(random() ** 4 * 200_000));
    pieces.push(Buffer.from(Array.from({ length: Math.min(size, 64) }, () => Math.floor(random() * 256))));
    if (size > 64) pieces[pieces.length - 1] = Buffer.alloc(size, pieces.at(-1));
    left -= size;
  }
  return pieces;
}

test.each([
  ['opaque', 'passing'],
  ['redis', 'passing'],
  ['redis', 'delayed'],
  ['redis', 'held, delayed and healed on the way'],
] as const)('%s, %s: the bytes that come out are the bytes that went in', async (protocol, state) => {
  await using echo = await startEcho();
  await using link = await linkTo(echo.port, { protocol, cacheKeys: '*' });
  if (state === 'delayed') await link.delay(5, 5);
  for (let seed = 0; seed < 5; seed++) {
    const socket = await dial(link.port);
    const received = readAll(socket);
    const pieces = randomPieces(seed, 3_000_000);
    for (const [at, piece] of pieces.entries()) {
      if (!socket.write(piece))
        await Promise.race([once(socket, 'drain'), state.startsWith('held') && link.heal()]);
      if (state.startsWith('held')) await [link.hold(), link.delay(2, 1), link.heal()][at % 3];
    }
    await link.heal();
    if (state === 'delayed') await link.delay(5, 5);
    socket.end();
    expect((await received).equals(Buffer.concat(pieces))).toBe(true);
  }
  // Noise is not RESP: that counts once per connection and direction at most, and harms nothing.
  expect(link.take().errors).toBe(protocol === 'redis' ? 5 : 0);
});

test('each side ends its half by itself', async () => {
  await using upstream = await startTcp(async (socket) => {
    const asked = await readAll(socket);
    socket.end(`got ${asked}`);
  });
  await using link = await linkTo(upstream.port);
  const socket = await dial(link.port);
  socket.end('question');
  expect(String(await readAll(socket))).toBe('got question');
  await vi.waitFor(() => expect(upstream.sockets.size).toBe(0));
});

test('a dependency that refuses shows as a reset, one that goes away as an end', async () => {
  await using nowhere = await linkTo(await freePort());
  expect(await fateOf(connect(nowhere.port, loopback))).toBe('ECONNRESET');
  await using upstream = await startTcp((socket) => socket.end('bye'));
  await using link = await linkTo(upstream.port);
  expect(await fateOf(connect(link.port, loopback))).toBe('ended');
});

/** Writes until nothing is taken any more while others get answers, and returns how much was. */
async function fill(socket: Socket, chunk: Buffer, mostBytes: number): Promise<number> {
  let taken = 0;
  while (taken < mostBytes) {
    taken += chunk.length;
    if (socket.write(chunk)) continue;
    let drained = false;
    socket.once('drain', () => {
      drained = true;
    });
    for (let tries = 0; !drained && tries < 10; tries++) await roundTrips(50);
    if (!drained) break;
  }
  return taken;
}

test.each([
  ['the dependency does not read', 'passing'],
  ['the link is held', 'held'],
] as const)('when %s, the target is slowed down and memory stays bounded', async (_why, state) => {
  const sockets: Socket[] = [];
  await using upstream = await startTcp((socket) => sockets.push(socket.pause()));
  await using link = await linkTo(upstream.port);
  const socket = await dial(link.port);
  await vi.waitFor(() => expect(sockets).toHaveLength(1));
  if (state === 'held') await link.hold();
  const before = process.memoryUsage().arrayBuffers;
  const taken = await fill(socket, Buffer.alloc(1_000_000), 500_000_000);
  // What the kernel keeps on four socket ends, and what waits in a held link.
  expect(taken).toBeLessThan(100_000_000);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40_000_000);
  await link.heal();
  socket.end();
  const passed = (await readAll(sockets[0]!)).length;
  expect(passed).toBe(taken);
});

test('when answers are delayed for long, the dependency is slowed down', async () => {
  await using upstream = await startTcp(async (socket) => {
    taken.resolve(await fill(socket, Buffer.alloc(1_000_000), 500_000_000));
    socket.end();
  });
  const taken = Promise.withResolvers<number>();
  await using link = await linkTo(upstream.port);
  await link.delay(60_000, 0);
  const socket = await dial(link.port);
  expect(await taken.promise).toBeLessThan(100_000_000);
  await link.heal();
  expect((await readAll(socket)).length).toBe(await taken.promise);
});

test('200 connections that come and go leave no socket', async () => {
  const before = openSockets();
  const echo = await startEcho();
  const link = await linkTo(echo.port, { protocol: 'redis' });
  await Promise.all(
    Array.from({ length: 200 }, async (_, at) => {
      const socket = await dial(link.port);
      await exchange(socket, 'PING\r\n');
      if (at % 2) socket.end();
      else socket.resetAndDestroy();
      await once(socket.resume(), 'close');
    }),
  );
  await vi.waitFor(() => expect(echo.sockets.size).toBe(0));
  // Both listeners, and nothing else.
  await vi.waitFor(() => expect(openSockets()).toBe(before + 2));
  await link[Symbol.asyncDispose]();
  await echo[Symbol.asyncDispose]();
  await vi.waitFor(() => expect(openSockets()).toBe(before));
});

test.each(['heal', 'hold', 'cut', 'refuse', 'delay'] as const)(
  'disposing after %s leaves no socket',
  async (state) => {
    const before = openSockets();
    {
      await using echo = await startTcp((socket) => {
        // Ends while more is on its way than the target, which does not read, takes: the end stays unsent.
        socket.end(Buffer.alloc(8_000_000));
      });
      const link = await linkTo(echo.port);
      const sockets = await Promise.all(Array.from({ length: 5 }, () => dial(link.port)));
      await vi.waitFor(() => expect(echo.sockets.size).toBe(5));
      await vi.waitFor(() => expect(link.take().bytesToTarget).toBe(0), { interval: 100 });
      if (state === 'delay') await link.delay(10_000, 10);
      else await link[state]();
      await link[Symbol.asyncDispose]();
      await link[Symbol.asyncDispose]();
      for (const socket of sockets) socket.destroy();
      await expect(link.hold()).rejects.toThrow(HarnessError);
      await link.heal();
      expect(await tryConnect(link.port)).toBe('ECONNREFUSED');
    }
    await vi.waitFor(() => expect(openSockets()).toBe(before));
  },
);

test.runIf(runs)(titled('a port that somebody took while it was refused is a clear failure'), async () => {
  await using link = await linkTo(redis.port);
  await link.refuse();
  await using _thief = await startTcp(() => {}, link.port);
  const failure = await link.heal().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(HarnessError);
  expect(String(failure)).toMatch(
    /link it: expected to listen on port \d+ again.*EADDRINUSE.*run the scenario again/,
  );
});

test('changes asked for at once happen in order', async () => {
  await using echo = await startEcho();
  await using link = await linkTo(echo.port);
  await Promise.all([link.refuse(), link.cut(), link.hold(), link.delay(5, 0), link.refuse(), link.heal()]);
  expect(await exchange(await dial(link.port), 'hello')).toBe('hello');
});
