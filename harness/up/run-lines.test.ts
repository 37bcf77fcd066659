import { describe, expect, it } from 'vitest';
import type { Entry } from '../journal/entry.ts';
import type { Judgement, Verdict } from '../verdict/verdict.ts';
import { version } from '../version.ts';
import { linesOfEntry, linesOfVerdict, pushOf } from './run-lines.ts';

const name = { scenario: 'redis-outage', run: 'redis-outage/2026-05-04T10-20-30.400Z' };
const atMs = Date.parse('2026-05-04T10:20:30.400Z');
const refuse = { kind: 'refuse', link: 'redis' } as const;
const block = { kind: 'block-event-loop', blockMs: 100, everyMs: 200 } as unknown as typeof refuse;

const latency = {
  kind: 'latency',
  claim: 'P95 of all requests < 200 ms',
  phase: 'fault',
  unit: 'ms',
  limit: 200,
  bound: 'below',
} as const;
const judgements: Judgement[] = [
  { ...latency, outcome: 'met', observed: 12.5, interval: [11, 14], samples: 900 },
  { ...latency, outcome: 'violated', observed: Number.POSITIVE_INFINITY, interval: [1, 2], samples: 900 },
  { ...latency, outcome: 'inconclusive', reason: 'too few samples', samples: 3 },
];
const verdict = {
  ...{ scenario: 'redis-outage', startedAtMs: atMs, durationMs: 1234.6, outcome: 'violated', exitCode: 1 },
  ...{ ending: { kind: 'completed' }, judgements },
} as unknown as Verdict;

describe('an entry of the journal', () => {
  it.each<[string, Entry, object[]]>([
    [
      'a phase',
      { kind: 'phase', atMs, phase: 'fault' },
      [
        {
          atMs,
          level: 'info',
          fields: { event: 'phase_started', message: 'redis-outage: fault', phase: 'fault' },
        },
      ],
    ],
    ['the end of the last phase', { kind: 'phase', atMs, phase: 'end' }, []],
    [
      'a fault on a link',
      { kind: 'fault', atMs, index: 0, fault: refuse, event: 'injected' },
      [
        {
          atMs,
          level: 'warn',
          fields: {
            event: 'fault_injected',
            message: 'redis-outage: refuse on redis injected',
            ...{ fault: 'refuse', on: 'redis' },
          },
        },
      ],
    ],
    [
      'a fault within the target',
      { kind: 'fault', atMs, index: 0, fault: block, event: 'healed' },
      [
        {
          atMs,
          level: 'info',
          fields: {
            event: 'fault_healed',
            message: 'redis-outage: block-event-loop on target healed',
            ...{ fault: 'block-event-loop', on: 'target' },
          },
        },
      ],
    ],
    ['a step', { kind: 'step', atMs, text: 'started redis' }, []],
  ])('%s', (_, entry, lines) => expect(linesOfEntry(entry, name)).toEqual(lines));
});

it('a verdict is a line for each judgement, and one for the run', () => {
  const lines = linesOfVerdict(verdict);
  expect(lines.map(({ level }) => level)).toEqual(['info', 'warn', 'warn', 'error']);
  expect(lines.map(({ fields }) => fields.observed)).toEqual([12.5, undefined, undefined, undefined]);
  expect(lines.at(-1)).toEqual({
    atMs: atMs + 1234.6,
    level: 'error',
    fields: {
      event: 'run_ended',
      message: 'redis-outage: violated, 2 of 3 judgements not met',
      ...{ outcome: 'violated', exit_code: 1, ending: 'completed', duration_ms: 1235 },
    },
  });
});

it('lines are pushed by level, those of one moment in their order', () => {
  const { streams } = JSON.parse(pushOf(linesOfVerdict(verdict), name));
  expect(streams.map(({ stream }: { stream: object }) => stream)).toEqual([
    { service_name: 'ordeal', level: 'info' },
    { service_name: 'ordeal', level: 'warn' },
    { service_name: 'ordeal', level: 'error' },
  ]);
  const [[nanoseconds, line]] = streams[0].values;
  expect(nanoseconds).toBe('1777890031634000000');
  expect(streams[1].values.map(([at]: string[]) => at)).toEqual([
    '1777890031634000001',
    '1777890031634000002',
  ]);
  expect(JSON.parse(line)).toEqual({
    timestamp: '2026-05-04T10:20:31.634Z',
    level: 'info',
    message: 'P95 of all requests < 200 ms (fault): met',
    service: 'ordeal',
    version,
    ...name,
    event: 'judgement',
    ...{ kind: 'latency', claim: 'P95 of all requests < 200 ms', phase: 'fault', outcome: 'met' },
    ...{ unit: 'ms', limit: 200, observed: 12.5 },
  });
});
