import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Deadline } from './deadline.ts';

const never = () => new Promise<never>(() => {});

describe('a deadline', () => {
  it('ends the wait for work that never ends', async () => {
    using deadline = new Deadline(20);
    await expect(deadline.race('it', never)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      category: 'network',
    });
    expect(deadline.remainingMs()).toBe(0);
  });

  it('does not begin work when it is over', async () => {
    using deadline = new Deadline(60_000, AbortSignal.abort(new Error('gone')));
    let begun = false;
    const work = async () => {
      begun = true;
    };
    await expect(deadline.race('it', work)).rejects.toThrow('gone');
    expect(begun).toBe(false);
  });

  it('ends before its time, with the same reason, when whoever asked goes away', async () => {
    const asker = new AbortController();
    using deadline = new Deadline(60_000, asker.signal);
    const ended = deadline.race('it', never);
    asker.abort(new Error('gone'));
    await expect(ended).rejects.toThrow('gone');
  });

  it('of a part is over when that of the whole is', async () => {
    using whole = new Deadline(20);
    using part = new Deadline(60_000, whole.signal);
    await expect(part.race('it', never)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('gives what the work gives, and throws what it throws', async () => {
    using deadline = new Deadline(60_000);
    await expect(deadline.race('it', async () => 7)).resolves.toBe(7);
    await expect(deadline.race('it', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(getEventListeners(deadline.signal, 'abort')).toEqual([]);
  });

  it('leaves nothing behind at a signal that lives longer', () => {
    const { signal } = new AbortController();
    for (let request = 0; request < 3; request += 1) {
      using _ = new Deadline(60_000, signal);
      expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    }
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
