import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { journal } from './fixtures/journal.ts';
import { cutOffVerdict, judgements, metVerdict, verdict } from './fixtures/verdict.ts';
import { renderText } from './text.ts';

const folder = 'runs/redis-outage/2026-11-21T05-14-54.000Z';
const entries = [...journal({ ratePerSecond: 5 })];

const records = [
  ['every-outcome', { entries, verdict: verdict(), folder }],
  ['met', { entries, verdict: metVerdict(), folder }],
  ['cut-off', { entries: entries.slice(0, 5), verdict: cutOffVerdict(), folder }],
  ['nothing-judged', { entries: [], verdict: verdict({ judgements: [] }), folder }],
] as const;

describe.each(records)('%s', (name, record) => {
  it('reads like its golden', async () => {
    await expect(renderText(record)).toMatchFileSnapshot(`goldens/${name}.txt`);
  });

  it('fits 80 columns', () => {
    const lines = renderText(record).split('\n');
    expect(lines.filter((it) => [...it].length > 80)).toEqual([]);
  });

  it('says the same in colour', () => {
    const coloured = renderText(record, { colour: true });
    expect(coloured).toContain('\u001b[');
    expect(stripVTControlCharacters(coloured)).toBe(renderText(record));
  });
});

it('ends with the replay command on a line of its own', () => {
  const lines = renderText({ entries, verdict: verdict(), folder }).trimEnd().split('\n');
  expect(lines.at(-1)).toBe('npx ordeal run redis-outage --seed 42');
});

it('lets no escape sequence through to the terminal', () => {
  const claim = 'P95 of "\u001b[2J\u001b]0;owned\u0007" < 1 ms';
  const text = renderText({
    entries: [],
    verdict: verdict({ judgements: [{ ...judgements[0]!, claim }] }),
    folder,
  });
  expect(text).not.toContain('\u001b');
  expect(text).toContain('P95 of "\ufffd[2J');
});

it('says one reason once, with every judgement that it stands behind', () => {
  const reason = 'k6 was killed';
  const those = judgements.map(({ kind, claim, phase, unit, limit, bound }) => {
    return { kind, claim, phase, unit, limit, bound, outcome: 'inconclusive', reason, samples: 0 } as const;
  });
  expect(
    renderText({ entries: [], verdict: verdict({ judgements: those }), folder }).split(reason),
  ).toHaveLength(2);
});

it('puts an interval that leaves no room below its value', () => {
  const close = {
    ...judgements[0]!,
    outcome: 'met',
    observed: 199.99961,
    interval: [199.99951, 200.00002],
  } as const;
  const lines = renderText({ entries: [], verdict: verdict({ judgements: [close] }), folder }).split('\n');
  const at = lines.findIndex((it) => it.includes('199.9996 ms'));
  expect(lines[at]).toBe('  ✓ met           baseline  199.9996 ms                 < 200 ms          3,000');
  expect(lines[at + 1]!.trim()).toBe('[199.9995, 200.00002]');
});
