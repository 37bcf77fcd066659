import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, test } from 'vitest';
import { Harness, type Service, together } from './fixtures/harness.ts';

const run = promisify(execFile);
const at = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const hourMs = 3_600_000;

interface Clock {
  kinds: boolean[];
  [reading: string]: unknown;
}
type Names = Record<'callback' | 'promise' | 'http' | 'fetch', { failed: string | null; tookMs: number }>;

/** The slowest of the answers within the time. */
async function slowestMs(service: Service, forMs: number): Promise<number> {
  let slowest = 0;
  for (const endMs = performance.now() + forMs; performance.now() < endMs; ) {
    const startedMs = performance.now();
    await service.get('/ready');
    slowest = Math.max(slowest, performance.now() - startedMs);
  }
  return slowest;
}
/** No fault is in force that blocks more often; that the machine stands still now and then says nothing. */
const answersQuickly = (service: Service, forMs: number) =>
  expect.poll(() => slowestMs(service, forMs), { timeout: 20_000, interval: 0 }).toBeLessThan(300);
const clockOffMs = async (service: Service) => {
  const { dateNow, performance } = await service.get<{ dateNow: number; performance: number }>('/clock');
  return dateNow - performance;
};

describe('the channel', () => {
  it('says who is there, with the token of the run', async () => {
    await using pair = await together();
    expect(pair.harness.said[0]).toMatchObject({
      say: 'hello',
      token: 'the token of this run',
      pid: pair.service.pid,
      node: process.version,
    });
  });

  test.each<[string, object, RegExp]>([
    ['another token', { token: 'guessed', do: 'status' }, /token is not the one/],
    ['no such command', { do: 'exit' }, /expected inject, heal or status/],
    ['no such fault', { do: 'inject', fault: { kind: 'format-disk' }, forMs: 10 }, /format-disk/],
    ['no fault', { do: 'inject', forMs: 10 }, /a fault with its kind/],
    ['no end', { do: 'inject', fault: { kind: 'skew-clock', skewMs: 5 } }, /forMs/],
    ['NaN', { do: 'inject', fault: { kind: 'skew-clock', skewMs: 'x' }, forMs: 10 }, /skewMs.*"x"/],
    [
      'a whole second in a second',
      { do: 'inject', fault: { kind: 'block-event-loop', blockMs: 600, everyMs: 1000 }, forMs: 10 },
      /everyMs/,
    ],
    [
      'more heap than there is',
      { do: 'inject', fault: { kind: 'allocate-heap', sizeMb: 60_000 }, forMs: 10 },
      /at most \d+ MB of heap.*--max-old-space-size/,
    ],
    [
      'a code that is none',
      { do: 'inject', fault: { kind: 'fail-dns', code: 'EPERM' }, forMs: 10 },
      /ENOTFOUND,EAI_AGAIN/,
    ],
  ])('refuses %s, says why and goes on', async (_, command, reason) => {
    await using pair = await together();
    const answer = await pair.harness.ask(command);
    expect([answer.say, answer.reason]).toEqual(['refused', expect.stringMatching(reason)]);
    expect(await pair.harness.ask({ do: 'status' })).toMatchObject({ say: 'status' });
    expect(Math.abs(await clockOffMs(pair.service))).toBeLessThan(1000);
  });

  it('refuses what is not JSON, and cuts a line without an end', async () => {
    await using pair = await together();
    pair.harness.send('GET / HTTP/1.1');
    await pair.harness.heard((it) => it.say === 'refused');
    pair.harness.send('x'.repeat(100_000));
    await expect.poll(() => pair.harness.connections, { timeout: 5000 }).toBe(2);
    expect(await pair.service.get('/ready')).toEqual({});
  });

  it('keeps no process alive, and goes on without a harness', async () => {
    await using harness = await new Harness().listen();
    const preload = ['--import', at('fixtures/preload.ts')];
    const ends = (env: object) =>
      run(process.execPath, [...preload, '-e', 'console.log(1)'], {
        env: { PATH: process.env.PATH, ...env },
        timeout: 10_000,
      });
    expect(await ends(harness.env)).toEqual({ stdout: '1\n', stderr: '' });
    expect(await ends({ ...harness.env, ORDEAL_CONTROL: '127.0.0.1:9' })).toEqual({
      stdout: '1\n',
      stderr: '',
    });
  });

  test.each<[string, object, boolean]>([
    ['preload.ts', {}, false],
    ['faults/fixtures/preload.ts', {}, false],
    ['faults/fixtures/preload.ts', { ORDEAL_CONTROL: '127.0.0.1:9', ORDEAL_CONTROL_TOKEN: 'x' }, true],
  ])('%s with %o loads files of faults/: %s', async (preload, env, loads) => {
    const imports = ['fixtures/loads.mjs', `../${preload}`].flatMap((it) => ['--import', at(it)]);
    const { stdout } = await run(process.execPath, [...imports, '-e', '0'], {
      env: { PATH: process.env.PATH, ...env },
    });
    const loaded = JSON.parse(stdout) as string[];
    expect(loaded.some((it) => it.endsWith('/faults/control.ts'))).toBe(loads);
    expect(loaded.length > 0).toBe(loads);
  });
});

describe('each fault is in force, and gone when healed', () => {
  test('block-event-loop', async () => {
    await using pair = await together();
    const { harness, service } = pair;
    await answersQuickly(service, 500);
    const fault = { kind: 'block-event-loop', blockMs: 400, everyMs: 800 };
    expect(await harness.inject(fault, 30_000, 'it')).toMatchObject({ say: 'in-force' });
    expect(await slowestMs(service, 1300)).toBeGreaterThan(300);
    expect((await harness.ask({ do: 'status' })).loopDelayMs).toBeGreaterThan(300);
    expect(await harness.ask({ do: 'heal' }, 'it')).toMatchObject({ say: 'healed' });
    await answersQuickly(service, 1300);
  });

  test('allocate-heap', async () => {
    await using pair = await together();
    const { harness, service } = pair;
    const heapMb = async () => (await service.get<{ heapUsed: number }>('/memory')).heapUsed / 2 ** 20;
    const beforeMb = await heapMb();
    await harness.inject({ kind: 'allocate-heap', sizeMb: 128 }, 30_000, 'it');
    expect((await heapMb()) - beforeMb).toBeGreaterThan(120);
    await harness.ask({ do: 'heal' }, 'it');
    expect((await heapMb()) - beforeMb).toBeLessThan(20);
  });

  test('burn-cpu leaves the loop alone', async () => {
    await using pair = await together();
    const { harness, service } = pair;
    const usedMs = async (forMs: number) => {
      const used = async () => {
        const { user, system } = await service.get<{ user: number; system: number }>('/cpu');
        return (user + system) / 1000;
      };
      const before = await used();
      await new Promise((resolve) => setTimeout(resolve, forMs));
      return (await used()) - before;
    };
    const idleMs = await usedMs(500);
    await harness.inject({ kind: 'burn-cpu', cores: 0.5 }, 30_000, 'it');
    const busyMs = await usedMs(1000);
    expect(busyMs - idleMs).toBeGreaterThan(200);
    expect(busyMs).toBeLessThan(900);
    await answersQuickly(service, 300);
    await harness.ask({ do: 'heal' }, 'it');
    expect(await usedMs(500)).toBeLessThan(150);
  });

  test.each([
    ['slow-dns', { latencyMs: 600 }, null, 600],
    ['fail-dns', { code: 'ENOTFOUND' }, 'ENOTFOUND', 0],
    ['fail-dns', { code: 'EAI_AGAIN', names: ['LOCALHOST'] }, 'EAI_AGAIN', 0],
  ])('%s with %o, whichever way a name is looked up', async (kind, more, failed, leastMs) => {
    await using pair = await together();
    const { harness, service } = pair;
    const names = () => service.get<Names>('/names?name=localhost');
    await harness.inject({ kind, ...more } as never, 30_000, 'it');
    const during = await names();
    for (const way of Object.values(during)) {
      expect(way.failed, JSON.stringify(during)).toBe(failed);
      expect(way.tookMs, JSON.stringify(during)).toBeGreaterThanOrEqual(leastMs);
    }
    expect(await service.get<Names>('/names?name=127.0.0.1')).toMatchObject({ callback: { failed: null } });
    await harness.ask({ do: 'heal' }, 'it');
    for (const way of Object.values(await names())) {
      expect(way.failed).toBeNull();
      expect(way.tookMs).toBeLessThan(600);
    }
  });

  it('leaves other names alone, and lets waiting lookups go when healed', async () => {
    await using pair = await together();
    const { harness, service } = pair;
    await harness.inject({ kind: 'slow-dns', latencyMs: 20_000, names: ['elsewhere.example'] }, 30_000, 'a');
    expect((await service.get<Names>('/names?name=localhost')).callback.tookMs).toBeLessThan(1000);
    await harness.ask({ do: 'heal' }, 'a');
    await harness.inject({ kind: 'slow-dns', latencyMs: 20_000 }, 30_000, 'b');
    const waiting = service.get<Names>('/names?name=localhost');
    await harness.ask({ do: 'status' });
    await harness.ask({ do: 'heal' }, 'b');
    expect((await waiting).callback.tookMs).toBeLessThan(5000);
  });

  test.each([hourMs, -hourMs])('skew-clock by %s ms keeps what Date is', async (skewMs) => {
    await using pair = await together();
    const { harness, service } = pair;
    await harness.inject({ kind: 'skew-clock', skewMs }, 30_000, 'it');
    const clock = await service.get<Clock>('/clock');
    const offMs = (reading: string) => (clock[reading] as number) - (clock.performance as number);
    for (const reading of ['now', 'dateNow', 'newDate', 'subclass', 'called'])
      expect(Math.abs(offMs(reading) - skewMs), reading).toBeLessThan(1500);
    expect(clock).toMatchObject({
      given: 5,
      utc: '2020-02-01T00:00:00.000Z',
      parsed: 1580515200000,
      parts: 3,
    });
    expect(clock.kinds).not.toContain(false);
    expect(Math.abs((clock.performance as number) - Date.now())).toBeLessThan(1500);
    await harness.ask({ do: 'heal' }, 'it');
    expect(Math.abs(await clockOffMs(service))).toBeLessThan(1000);
  });
});

describe('a fault ends', () => {
  const all: Parameters<Harness['inject']>[0][] = [
    { kind: 'skew-clock', skewMs: hourMs },
    { kind: 'block-event-loop', blockMs: 400, everyMs: 800 },
    { kind: 'allocate-heap', sizeMb: 100 },
    { kind: 'burn-cpu', cores: 0.2 },
    { kind: 'slow-dns', latencyMs: 1000 },
  ];

  it('when its time is over, whoever forgets it', async () => {
    await using pair = await together();
    const { harness, service } = pair;
    await Promise.all(all.map((fault) => harness.inject(fault, 1500)));
    expect(await clockOffMs(service)).toBeGreaterThan(hourMs / 2);
    await expect
      .poll(() => harness.said.filter((it) => it.say === 'over').length, { timeout: 10_000 })
      .toBe(all.length);
    await isWell(service);
  });

  it('when the harness is gone; the next one may come', async () => {
    await using pair = await together();
    const { harness, service } = pair;
    await Promise.all(all.map((fault) => harness.inject(fault)));
    harness.disconnect();
    await expect.poll(() => harness.connections, { timeout: 10_000 }).toBe(2);
    await isWell(service);
    expect(await harness.inject({ kind: 'skew-clock', skewMs: hourMs }, 1000)).toMatchObject({
      say: 'in-force',
    });
  });

  it('and is there once at a time', async () => {
    await using pair = await together();
    const { harness } = pair;
    await harness.inject({ kind: 'skew-clock', skewMs: hourMs });
    expect(await harness.inject({ kind: 'skew-clock', skewMs: 1 })).toMatchObject({
      say: 'refused',
      reason: expect.stringContaining('one skew-clock at a time'),
    });
    expect(await harness.ask({ do: 'heal' }, 'never-injected')).toMatchObject({ say: 'healed' });
  });
});

async function isWell(service: Service): Promise<void> {
  await service.get('/ready');
  expect(Math.abs(await clockOffMs(service))).toBeLessThan(1000);
  await answersQuickly(service, 900);
  const { heapUsed } = await service.get<{ heapUsed: number }>('/memory');
  expect(heapUsed / 2 ** 20).toBeLessThan(60);
  const { callback } = await service.get<Names>('/names?name=localhost');
  expect(callback.tookMs).toBeLessThan(1000);
}
