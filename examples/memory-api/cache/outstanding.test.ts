import { describe, expect, it } from 'vitest';
import { Outstanding } from './outstanding.ts';

describe('outstanding invalidations', () => {
  it('are held until they are confirmed', () => {
    const outstanding = new Outstanding(10);
    const batch = outstanding.add(['a', 'b']);
    expect(outstanding.holds(['x', 'b'])).toBe(true);
    expect(outstanding.holds(['x'])).toBe(false);
    outstanding.confirm(batch);
    expect(outstanding.holds(['b'])).toBe(false);
  });

  it('are tried again only after they failed', () => {
    const outstanding = new Outstanding(10);
    const batch = outstanding.add(['a']);
    outstanding.add(['b']);
    expect([...outstanding.failed().keys()]).toEqual([]);
    outstanding.fail(batch);
    expect([...outstanding.failed().keys()]).toEqual(['a']);
  });

  it('are not confirmed by the answer to an earlier one of the same name', () => {
    const outstanding = new Outstanding(10);
    const first = outstanding.add(['a']);
    const second = outstanding.add(['a']);
    outstanding.confirm(first);
    expect(outstanding.holds(['a'])).toBe(true);
    outstanding.confirm(second);
    expect(outstanding.size).toBe(0);
  });

  it('hold everything when there are too many', () => {
    const outstanding = new Outstanding(2);
    outstanding.add(['a', 'b']);
    expect([...outstanding.add(['b']).keys()]).toEqual(['b']);
    const all = outstanding.add(['c']);
    expect([...all.keys()]).toEqual(['everything']);
    expect(outstanding.holds(['x'])).toBe(true);
    expect(outstanding.size).toBe(1);
    outstanding.confirm(all);
    expect(outstanding.holds(['x'])).toBe(false);
  });
});
