import { describe, expect, it } from 'vitest';
import { RetryBudget } from './retry-budget.ts';

describe('the retry budget', () => {
  it.each([
    { share: 0.2, savings: 10, calls: 1000, most: 210 },
    { share: 0.2, savings: 1, calls: 1000, most: 201 },
    { share: 0.5, savings: 4, calls: 100, most: 54 },
    { share: 0, savings: 3, calls: 1000, most: 3 },
  ])(
    'of $share with savings of $savings lets $calls calls fail $most retries',
    ({ most, calls, ...options }) => {
      const budget = new RetryBudget(options);
      let retries = 0;
      for (let call = 0; call < calls; call += 1) {
        budget.payIn();
        while (budget.take()) retries += 1;
      }
      expect(retries).toBeLessThanOrEqual(most);
      // What 1,000 times 0.2 is short of 200 by rounding is one retry at most.
      expect(retries).toBeGreaterThanOrEqual(most - options.savings - 1);
    },
  );

  it('gets back what a retry that succeeded took', () => {
    const budget = new RetryBudget({ share: 0, savings: 1 });
    for (let call = 0; call < 100; call += 1) {
      expect(budget.take()).toBe(true);
      budget.giveBack();
    }
  });

  it('saves up no more than its savings', () => {
    const budget = new RetryBudget({ share: 0.2, savings: 2 });
    for (let call = 0; call < 100; call += 1) budget.payIn();
    expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false]);
  });
});
