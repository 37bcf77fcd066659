import { expect, it } from 'vitest';
import type { SpanEntry } from '../journal/entry.ts';
import type { Phase } from '../scenario/scenario.ts';
import { TraceChooser } from './choose.ts';

type Seen = [phase: Phase, traceId: string, durationMs: number, status?: number, name?: string];

it.each<[string, Seen[], string[]]>([
  ['nothing', [], []],
  [
    'the slowest of each phase and route',
    [
      ['baseline', 'a', 5],
      ['baseline', 'b', 9.25],
      ['baseline', 'c', 7, 200, 'POST /'],
      ['fault', 'd', 84.4],
    ],
    [
      'd slowest of its kind in fault: 84 ms',
      'b slowest of its kind in baseline: 9.3 ms',
      'c slowest of its kind in baseline: 7.0 ms',
    ],
  ],
  [
    'of five routes at most',
    ['a', 'b', 'c', 'd', 'e', 'f'].map((id): Seen => ['fault', id, 1, 200, `GET /${id}`]),
    ['a', 'b', 'c', 'd', 'e'].map((id) => `${id} slowest of its kind in fault: 1.0 ms`),
  ],
  [
    'three errors, before all else',
    [
      ['fault', 'slow', 100],
      ['fault', 'a', 1, 500],
      ['fault', 'b', 1, 503],
      ['recovery', 'c', 1, 502],
      ['recovery', 'd', 2, 500],
    ],
    [
      'a error in fault: status 500',
      'b error in fault: status 503',
      'c error in recovery: status 502',
      'slow slowest of its kind in fault: 100 ms',
      'd slowest of its kind in recovery: 2.0 ms',
    ],
  ],
  ['a refusal is no error', [['fault', 'a', 1, 404]], ['a slowest of its kind in fault: 1.0 ms']],
  ['an error that is slow, once', [['fault', 'a', 50, 500]], ['a error in fault: status 500']],
  [
    'a trace with two server spans, once, by the slower',
    [
      ['fault', 'a', 50],
      ['fault', 'a', 60],
      ['fault', 'a', 55],
    ],
    ['a slowest of its kind in fault: 60 ms'],
  ],
])('chooses %s', (_what, seen, expected) => {
  const chooser = new TraceChooser();
  for (const [phase, traceId, durationMs, status = 200, name = 'GET /'] of seen)
    chooser.add({ kind: 'span', atMs: 0, name, traceId, durationMs, status } satisfies SpanEntry, phase);
  expect(chooser.chosen().map(({ traceId, why }) => `${traceId} ${why}`)).toEqual(expected);
});
