import { describe, expect, it } from 'vitest';
import { builtPreload } from '../testing/built-preload.ts';
import { hostileAddresses, hostileModes } from '../testing/hostile.ts';
import { needsNodes, nodeBinary, supportedLines } from '../testing/nodes.ts';
import { type Ended, FixtureService } from '../testing/service.ts';
import { Sink, telemetryTo } from '../testing/sink.ts';
import { until } from '../testing/until.ts';

const { runs, titled } = await needsNodes(...supportedLines);
const preload = await builtPreload();
/** So long that nothing is sent before the end. */
const never = { OTEL_BSP_SCHEDULE_DELAY: '600000', OTEL_METRIC_EXPORT_INTERVAL: '600000' };
/** The most that the preload may hold up an end. */
const heldAtMostMs = 2000;
const patienceMs = 15_000;

const endings = [
  'by itself',
  'by itself, after a worker thread',
  'by itself, after beforeExit',
  'process.exit',
  'process.exit in a listener for exit',
  'a throw',
  'an unhandled rejection',
  'a caught throw',
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGTERM with a handler that closes',
  'SIGTERM with a handler that exits',
  'SIGTERM with a handler that sends it again',
];

describe.runIf(runs).each(supportedLines)(titled('Node %s'), (line) => {
  it.each(endings)('ends as without the preload, and what was done last arrives: %s', async (ending) => {
    await using sink = await Sink.start();
    const node = await nodeBinary(line);
    const plain = await end(ending, { node });
    const watched = await end(ending, { node, preload, env: { ...sink.environment, ...never } });
    expect(outcome(watched)).toEqual(outcome(plain));
    expect(sink.spans.map(({ kind }) => kind).toSorted()).toEqual([2, 3]);
    expect(sink.lines.map(({ fields }) => fields.message)).toEqual(['done']);
    const served = sink.points.find(({ metric }) => metric === 'http.server.request.duration');
    expect(served?.count).toBe(1);
  });
});

describe('is held up by at most 2 s', () => {
  const plains = new Map<string, Promise<Ended>>();
  const plainEnd = (ending: string) => {
    const known = plains.get(ending) ?? end(ending, {});
    plains.set(ending, known);
    return known;
  };
  const held = async (ending: string, env: Record<string, string>) => {
    const plain = await plainEnd(ending);
    const watched = await end(ending, { preload, env });
    expect(outcome(watched)).toEqual(outcome(plain));
    expect(watched.heldMs - plain.heldMs).toBeLessThan(heldAtMostMs);
  };
  const some = ['by itself', 'process.exit', 'a throw', 'SIGTERM'];

  describe.concurrent.each(hostileModes)('when the other side does this: %s', (mode) => {
    it.each(some)('%s', async (ending) => {
      await using sink = await Sink.start({ keepsBodies: false });
      await sink.turn(mode);
      await held(ending, telemetryTo(sink.url));
    });
  });

  it.each(some)('when one receiver of two does not answer, and the other gets all: %s', async (ending) => {
    await using sink = await Sink.start();
    await using silent = await Sink.start({ keepsBodies: false });
    await silent.turn('black hole');
    await held(ending, { ...sink.environment, ORDEAL_LOKI_URL: silent.url });
    expect(sink.spans.map(({ kind }) => kind).toSorted()).toEqual([2, 3]);
  });

  describe.concurrent.each(Object.entries(hostileAddresses))('when the address is %s', (_, address) => {
    it.each(some)('%s', async (ending) => {
      await using sink = await Sink.start();
      await held(ending, telemetryTo(address(sink.address)));
    });
  });
});

it('a machine that stands still at the end loses nothing', async () => {
  await using sink = await Sink.start();
  await using service = new FixtureService('ends.cjs', {
    preload,
    env: { ...sink.environment, ...never },
    args: ['process.exit'],
    listens: false,
  });
  await until('its last line', () => service.output.stdout !== '');
  expect(service.child.kill('SIGSTOP')).toBe(true);
  await new Promise((go) => setTimeout(go, heldAtMostMs));
  service.child.kill('SIGCONT');
  expect(await service.ended).toMatchObject({ code: 4, stderr: '' });
  expect(sink.spans.map(({ kind }) => kind).toSorted()).toEqual([2, 3]);
  expect(sink.lines).toHaveLength(1);
});

it('SIGKILL loses at most the last second', async () => {
  await using sink = await Sink.start();
  // Its own delays, not the short ones of the tests.
  const { OTEL_BSP_SCHEDULE_DELAY: _, ...env } = sink.environment;
  await using service = await new FixtureService('small.cjs', { preload, env }).listening();
  // When each was answered, by a clock that stands still when the machine does: requests are some 7 ms apart.
  const answeredMs: number[] = [];
  let [ranMs, lastMs] = [0, performance.now()];
  const due = () => answeredMs.flatMap((atMs, number) => (atMs < ranMs - 1000 ? [number] : []));
  for (let number = 0; due().length <= 100; number++) {
    const headers = { 'x-request-id': `number-${number}` };
    await (await fetch(`${service.url}/line/${number}`, { headers })).text();
    ranMs += Math.min(performance.now() - lastMs, 50);
    lastMs = performance.now();
    answeredMs.push(ranMs);
    await new Promise((go) => setTimeout(go, 5));
  }
  await service.stop('SIGKILL');
  const old = due();
  // What was on its way when the process died is still being read here.
  await until('the lines', () => sink.lines.length >= old.length);
  await until('the spans', () => sink.spans.length >= old.length);
  const lines = new Set(sink.lines.map(({ fields }) => fields.at));
  const spans = new Set(sink.spans.map(({ attributes }) => attributes['request.id']));
  expect(old.filter((number) => !lines.has(number))).toEqual([]);
  expect(old.filter((number) => !spans.has(`number-${number}`))).toEqual([]);
});

/** One that does not end is killed, and has ended by SIGKILL then. */
async function end(
  ending: string,
  options: { node?: string; preload?: string; env?: Record<string, string> },
): Promise<Ended> {
  const service = new FixtureService('ends.cjs', { ...options, args: [ending], listens: false });
  const patience = setTimeout(() => service.child.kill('SIGKILL'), patienceMs);
  try {
    return await service.ended;
  } finally {
    clearTimeout(patience);
  }
}

/** What its parent sees of an end. Times, ids and ports differ. */
function outcome({ code, signal, stdout, stderr }: Ended) {
  const messages = stdout
    .trim()
    .split('\n')
    .map((line) => (line.startsWith('{') ? JSON.parse(line).msg : line));
  // What the preload itself says of endpoints is not the service's; Node 22 shows that contexts are followed.
  const errors = stderr
    .split('\n')
    .filter((line) => !line.startsWith('@ordeal/preload') && !line.includes('callbackTrampoline'));
  return { code, signal, messages, errors: errors.join('\n').replace(/:\d+/g, '') };
}
