import { expect, it } from 'vitest';
import { canaries, inText } from './canaries.ts';

it('has at least 25 shapes, each with a name of its own', () => {
  expect(canaries.length).toBeGreaterThanOrEqual(25);
  expect(new Set(canaries.map((canary) => canary.name)).size).toBe(canaries.length);
});

it.each(canaries)('$name is betrayed by each of its markers, and by those of no other', (canary) => {
  for (const marker of canary.markers) {
    expect(marker.length).toBeGreaterThanOrEqual(12);
    expect(inText(canary)).toContain(marker);
    for (const other of canaries) if (other !== canary) expect(inText(other)).not.toContain(marker);
  }
});
