import { describe, expect, it } from 'vitest';
import type { Figures } from './figures.ts';
import { asJson } from './json.ts';
import type { Measured } from './measure.ts';
import { unmet } from './musts.ts';
import { tables } from './table.ts';

const delivered = { share: 1, spans: 300, lines: 100, points: 50 };

/** `added` to all costs of a service that has 100 of each. */
function figures(name: Figures['name'], added: number, other: Partial<Figures> = {}): Figures {
  const cost = 100 + added;
  return {
    name,
    startMs: cost,
    recorded: { spansPerRequest: 3, linesPerRequest: 1, spansOnce: 10 },
    highestPerSecond: 1234.5,
    cpuMicrosPerRequestAtHighest: cost,
    deliveredAtHighest: delivered,
    cpuMicrosPerRequest: cost,
    p50Ms: cost,
    p95Ms: cost,
    p99Ms: cost,
    rssMb: cost,
    peakRssMb: cost,
    deliveredAtRate: delivered,
    ...other,
  };
}

function measured(ordeal: Partial<Figures>): Measured {
  const all = [figures('none', 0), figures('ordeal', 10, ordeal), figures('otel', 40), figures('dd', 30)];
  return { service: 'raw', ratePerSecond: 500, figures: [...all, figures('edot', 50)] };
}

describe('what the preload has to reach', () => {
  it.each<[string, Partial<Figures>, string[]]>([
    ['all of it', {}, []],
    ['exactly half', { cpuMicrosPerRequest: 120, p95Ms: 120, rssMb: 120, startMs: 120 }, []],
    ['more than half of the CPU', { cpuMicrosPerRequest: 121 }, ['CPU added has to be at most half']],
    ['more CPU than dd-trace', { cpuMicrosPerRequest: 130 }, ['at most half', 'below dd-trace']],
    ['a P95 too high', { p95Ms: 120.1 }, ['P95 added']],
    ['too much memory', { rssMb: 121 }, ['RSS added']],
    ['a slow start', { startMs: 121 }, ['start added']],
    ['a lost span', { deliveredAtHighest: { ...delivered, share: 0.9999 } }, ['99.990 % was']],
    [
      'a span that is not recorded',
      { recorded: { spansPerRequest: 2, linesPerRequest: 1, spansOnce: 10 } },
      ['made 2 and 1'],
    ],
  ])('%s', (_, ordeal, parts) => {
    const sentences = unmet(measured(ordeal));
    expect(sentences).toHaveLength(parts.length);
    for (const [at, part] of parts.entries()) expect(sentences[at]).toContain(part);
  });
});

it('prints tables of at most 100 columns', () => {
  const widths = tables(measured({}))
    .split('\n')
    .map((line) => line.length);
  expect(Math.max(...widths)).toBeLessThanOrEqual(100);
});

it('has raw http at the top of the JSON, Fastify below', () => {
  const [raw, fastify] = [measured({}), { ...measured({ p95Ms: 111 }), service: 'fastify' as const }];
  expect(JSON.parse(asJson([raw, fastify], undefined))).toMatchObject({
    cpuAddedMicrosPerRequest: { ordeal: 10, otel: 40, dd: 30, edot: 50 },
    p95AddedMs: { ordeal: 10 },
    rssAddedMb: { ordeal: 10 },
    startAddedMs: { ordeal: 10 },
    deliveredShare: { ordeal: 1, otel: 1, dd: 1, edot: 1 },
    fastify: { p95AddedMs: { ordeal: 11 } },
  });
});
