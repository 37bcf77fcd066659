import { expect, it } from 'vitest';
import { scenarioFixture } from '../scenario/fixtures.ts';
import { planOf } from './plan.ts';

it('gives the same bytes for the same seed, others for another', () => {
  const bytes = (seed: number) => JSON.stringify(planOf(scenarioFixture(), seed, 'http://127.0.0.1:1'));
  expect(bytes(7)).toBe(bytes(7));
  expect(bytes(7)).not.toBe(bytes(8));
});
