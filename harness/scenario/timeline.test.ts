import { describe, expect, it } from 'vitest';
import { scenarioFixture } from './fixtures.ts';
import type { ScenarioInput } from './scenario.ts';
import { durationMs, timeline } from './timeline.ts';

const refuse = { kind: 'refuse', link: 'redis' } as const;
const noFault = { phasesMs: { warmup: 5, baseline: 10 }, faults: [] };

/** `5 inject 0`: what happens when, in the order it happens. */
function told(overrides: Partial<ScenarioInput>): string[] {
  return timeline(scenarioFixture(overrides)).map((moment) => {
    const what = moment.do === 'phase' ? moment.phase : 'index' in moment ? moment.index : '';
    return `${moment.atMs} ${moment.do} ${what}`.trim();
  });
}

describe('timeline', () => {
  it.each<[string, Partial<ScenarioInput>, string[]]>([
    ['no fault', noFault, ['0 phase warmup', '5 phase baseline', '15 end']],
    ['no warm-up', { phasesMs: { warmup: 0, baseline: 10 }, faults: [] }, ['0 phase baseline', '10 end']],
    [
      'a fault for its whole phase is healed before recovery begins',
      {},
      [
        '0 phase warmup',
        '1000 phase baseline',
        '3000 phase fault',
        '3000 inject 0',
        '6000 heal 0',
        '6000 phase recovery',
        '10000 end',
      ],
    ],
    [
      'a fault within its phase',
      { faults: [{ fault: refuse, atMs: 500, forMs: 1000 }] },
      [
        '0 phase warmup',
        '1000 phase baseline',
        '3000 phase fault',
        '3500 inject 0',
        '4500 heal 0',
        '6000 phase recovery',
        '10000 end',
      ],
    ],
    [
      'one fault after the other on one link: healed before the next goes in',
      {
        faults: [
          { fault: refuse, forMs: 1000 },
          { fault: refuse, atMs: 1000 },
        ],
      },
      [
        '0 phase warmup',
        '1000 phase baseline',
        '3000 phase fault',
        '3000 inject 0',
        '4000 heal 0',
        '4000 inject 1',
        '6000 heal 1',
        '6000 phase recovery',
        '10000 end',
      ],
    ],
    [
      'no recovery: healed before the end',
      { phasesMs: { warmup: 0, baseline: 10, fault: 10 } },
      ['0 phase baseline', '10 phase fault', '10 inject 0', '20 heal 0', '20 end'],
    ],
  ])('%s', (_, overrides, expected) => {
    expect(told(overrides)).toEqual(expected);
  });

  it('lasts as long as its phases', () => {
    expect(durationMs(scenarioFixture())).toBe(10_000);
  });
});
