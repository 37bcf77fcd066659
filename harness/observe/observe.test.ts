import { describe, expect, it } from 'vitest';
import { seededRandom } from '../random.ts';
import { at, healthyJournal, loadMs, runMs } from './fixtures/journal.ts';
import type { Observations } from './observations.ts';
import { observe } from './observe.ts';
import { loadWindow, windowOf } from './phases.ts';
import { inFlight, requestNames, requestsIn } from './requests.ts';

describe('observe', () => {
  const seen = observe(healthyJournal());

  it.each<[string, (seen: Observations) => unknown, unknown]>([
    [
      'phases',
      (it) => it.phases.map(({ phase, closed }) => `${phase} ${closed}`),
      ['warmup true', 'baseline true', 'fault true', 'recovery true'],
    ],
    ['load', (it) => loadWindow(it), { startMs: at.warmup, endMs: at.end }],
    ['requests', (it) => it.requests.startMs.length, 3_300],
    ['requests of a phase', (it) => requestsIn(it.requests, windowOf(it, 'fault')!).length, 800],
    ['requests of a name', (it) => requestsIn(it.requests, windowOf(it, 'fault')!, ['create']).length, 80],
    ['names', (it) => requestNames(it.requests), ['create', 'list', 'read']],
    ['checks', (it) => it.checks.get('request id')?.ok.length, 3_300],
    ['k6', (it) => it.load.exitCode, 0],
    ['load reports', (it) => it.load.reports.length, 34],
    ['links', (it) => [...it.links.keys()], ['redis']],
    ['spans', (it) => it.serverSpans.startMs.length, 3_300],
    [
      'telemetry',
      (it) => it.telemetry,
      { spans: 9_900, serverSpans: 3_300, metricPoints: 400, logLines: 3_300, malformed: 0 },
    ],
    [
      'transitions',
      (it) => it.breakers.get('redis')?.transitions.map((point) => point.state),
      ['open', 'half-open', 'closed'],
    ],
    ['samples', (it) => it.breakers.get('redis')?.samples.length, 34],
    ['fault', (it) => [it.faults[0]?.injectedMs, it.faults[0]?.healedMs], [at.injected, at.healed]],
    ['proofs', (it) => it.faults[0]?.proofs.length, 33],
    ['writes', (it) => [it.writes.length, it.readBacks.length], [330, 660]],
    ['target', (it) => it.target.map(({ event }) => event), ['ready', 'stopped']],
    ['end', (it) => it.end?.ending, 'completed'],
    ['last moment', (it) => it.lastMs, at.end + 2_000],
  ])('reads %s', (_, of, expected) => {
    expect(of(seen)).toEqual(expected);
  });

  it('gives a request without an answer no end, and keeps how long it was tried', () => {
    const failed = { kind: 'request', atMs: loadMs, name: 'read', durationMs: 30, status: 0 } as const;
    const { requests } = observe([healthyJournal()[0]!, failed]);
    expect(requests.durationMs).toEqual([Infinity]);
    expect(requests.elapsedMs).toEqual([30]);
  });

  it('counts commands of all names', () => {
    const link = {
      kind: 'link',
      atMs: loadMs,
      forMs: 100,
      link: 'redis',
      commands: { GET: 3, SET: 2 },
    } as const;
    const counts = {
      connections: 1,
      handshakes: 9,
      hits: 1,
      misses: 2,
      errors: 0,
      bytesToDependency: 1,
      bytesToTarget: 1,
    };
    expect(observe([healthyJournal()[0]!, { ...link, ...counts }]).links.get('redis')?.[0]).toMatchObject({
      commands: 5,
    });
  });

  it('does not depend on the order of the entries', () => {
    const [first, ...rest] = healthyJournal();
    const random = seededRandom(3);
    const keyed = rest.map((entry) => ({ entry, key: random() })).sort((a, b) => a.key - b.key);
    const shuffled = observe([first!, ...keyed.map((it) => it.entry)]);
    expect(shuffled.phases).toEqual(seen.phases);
    expect(shuffled.links).toEqual(seen.links);
    expect(shuffled.breakers).toEqual(seen.breakers);
    expect(shuffled.faults).toEqual(seen.faults);
  });

  it.each([
    ['it is empty', []],
    ['it begins with `step`', [{ kind: 'step', atMs: runMs, text: 'hello' } as const]],
  ])('refuses a journal of which it says: %s', (what, entries) => {
    expect(() => observe(entries)).toThrow(what);
  });
});

describe('inFlight', () => {
  it.each([
    [99, 0],
    [101, 1],
    [130, 2],
    [151, 1],
  ])('at %i counts %i', (atMs, expected) => {
    const requests = {
      startMs: [100, 120],
      durationMs: [50, Infinity],
      elapsedMs: [50, 60],
      status: [200, 0],
      name: ['a', 'b'],
    };
    expect(inFlight(requests, atMs)).toBe(expected);
  });
});
