import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RealRedis, startRedis } from '../proxy/fixtures/redis.ts';
import { dial, startTcp, type TcpServer } from '../proxy/fixtures/tcp.ts';
import type { Link } from '../proxy/link.ts';
import { openLink } from '../proxy/open-link.ts';
import type { LinkFault, ServiceKind } from '../scenario/scenario.ts';
import { needs } from '../setup/fixtures/parts.ts';
import type { Reach } from './fault.ts';
import { inject } from './inject.ts';
import { tryLink } from './probe.ts';
import { expectedSight, isHealed, isProved, tryForMs } from './prove.ts';

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const signal = new AbortController().signal;
const { runs, titled } = await needs('redis');
let redis: RealRedis;
/** Answers an SSLRequest as PostgreSQL without TLS does. */
let postgres: TcpServer;
/** Answers like an HTTP server that knows no such path. */
let http: TcpServer;

beforeAll(async () => {
  if (runs) redis = await startRedis();
  postgres = await startTcp((socket) =>
    socket.on('data', (chunk) => (chunk.equals(sslRequest) ? socket.write('N') : socket.destroy())),
  );
  http = await startTcp((socket) => socket.on('data', () => socket.end('HTTP/1.1 404 Not Found\r\n\r\n')));
});
afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
  await http?.[Symbol.asyncDispose]();
});

const openTo = (kind: ServiceKind): Promise<Link> =>
  openLink({
    name: kind,
    protocol: kind === 'redis' ? 'redis' : 'opaque',
    upstream: { redis, postgres, http }[kind],
    seed: 1,
  });

const reach = (link: Link, kind: ServiceKind): Reach => ({ link: () => link, kind: () => kind });
const look = (link: Link, kind: ServiceKind, fault?: LinkFault) =>
  tryLink(kind, link.host, link.port, fault?.kind === 'hold' ? 100 : tryForMs(fault), signal);

const faults: LinkFault[] = [
  { kind: 'refuse', link: 'it' },
  { kind: 'cut', link: 'it' },
  { kind: 'hold', link: 'it' },
  { kind: 'delay', link: 'it', latencyMs: 80, jitterMs: 20 },
];
const details: Record<LinkFault['kind'], RegExp> = {
  refuse: /^ECONNREFUSED after [\d.]+ ms$/,
  cut: /^(ECONNRESET|EPIPE) after [\d.]+ ms$/,
  hold: /^no answer within 100 ms$/,
  delay: /^answered "(\+PONG|N|HTTP\/1\.1 404 Not)" after [\d.]+ ms$/,
};

describe.each([
  [titled('redis'), 'redis', runs],
  ['postgres', 'postgres', true],
  ['http', 'http', true],
] as const)('%s', (_, kind, has) => {
  test.runIf(has).each(faults)('$kind is proved in force, and healed', async (fault) => {
    await using link = await openTo(kind);
    const before = await look(link, kind);
    expect([before.seen, isProved(undefined, before), isProved(fault, before)]).toEqual([
      'works',
      true,
      false,
    ]);

    const injected = await inject(fault, reach(link, kind), signal, 1000);
    const during = await look(link, kind, fault);
    expect(during.seen).toBe(expectedSight(fault));
    expect(during.detail).toMatch(details[fault.kind]);
    expect([isProved(fault, during), isHealed(fault, during)]).toEqual([true, false]);

    await injected[Symbol.asyncDispose]();
    await injected[Symbol.asyncDispose]();
    const after = await look(link, kind);
    expect([isProved(undefined, after), isHealed(fault, after), isProved(fault, after)]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

test.runIf(runs).each(faults)(titled('$kind does not begin when the run was aborted'), async (fault) => {
  await using link = await openTo('redis');
  const reason = new Error('interrupted');
  await expect(inject(fault, reach(link, 'redis'), AbortSignal.abort(reason), 1000)).rejects.toBe(reason);
  expect((await look(link, 'redis')).seen).toBe('works');
});

test.runIf(runs).each(faults)(
  titled('$kind is healed when the run is aborted while it goes in'),
  async (fault) => {
    await using link = await openTo('redis');
    const aborting = new AbortController();
    const injecting = inject(fault, reach(link, 'redis'), aborting.signal, 1000);
    aborting.abort(new Error('interrupted'));
    await expect(injecting).rejects.toThrow('interrupted');
    const after = await look(link, 'redis');
    expect(isHealed(fault, after)).toBe(true);
  },
);

const late = { kind: 'delay', link: 'it', latencyMs: 100, jitterMs: 20 } as const;
test.each([
  ['works', 1, true, false],
  ['works', 79.9, true, false],
  ['works', 80, true, true],
  ['works', 500, true, true],
  ['refused', undefined, false, false],
  ['cut', undefined, false, false],
  ['silent', undefined, false, false],
] as const)('%s in %s ms: at work %s, delayed %s', (seen, roundTripMs, works, delayed) => {
  const sighting = { seen, detail: '', ...(roundTripMs !== undefined && { roundTripMs }) };
  expect([isProved(undefined, sighting), isProved(late, sighting)]).toEqual([works, delayed]);
  expect(isHealed(late, sighting)).toBe(works && !delayed);
});

test.each([
  ['redis', '-LOADING Redis is loading\r\n', 'works', 'answered "-LOADING'],
  ['redis', '+PO|NG\r\n', 'works', 'answered "+PONG"'],
  ['redis', 'HTTP/1.1 400 Bad Request\r\n', 'cut', 'expected +PONG, got "HTTP/1.1'],
  ['redis', '', 'cut', 'closed without an answer'],
  ['postgres', 'S', 'works', 'answered "S"'],
  ['postgres', 'E...', 'works', 'answered "E...'],
] as const)('%s that answers %j: %s', async (kind, answer, seen, detail) => {
  await using server = await startTcp(async (socket) => {
    await once(socket, 'data');
    for (const piece of answer.split('|')) {
      await new Promise<unknown>((sent) => socket.write(piece, sent));
      await new Promise(setImmediate);
    }
    socket.end();
  });
  const sighting = await tryLink(kind, server.host, server.port, 1000, signal);
  expect(sighting.seen).toBe(seen);
  expect(sighting.detail).toContain(detail);
});

test('an aborted try ends at once with the reason and leaves no connection', async () => {
  await using server = await startTcp((socket) => socket.resume().on('end', () => socket.end()));
  const aborting = new AbortController();
  const trying = tryLink('redis', server.host, server.port, 60_000, aborting.signal);
  const socket = await dial(server.port);
  aborting.abort(new Error('interrupted'));
  await expect(trying).rejects.toThrow('interrupted');
  await expect(tryLink('redis', server.host, server.port, 60_000, aborting.signal)).rejects.toThrow(
    'interrupted',
  );
  socket.destroy();
  await expect.poll(() => server.sockets.size).toBe(0);
});
