import type { RequestSpec, Scenario } from '../scenario/scenario.ts';
import { durationMs } from '../scenario/timeline.ts';

/**
 * All that a k6 script needs to know, as one JSON file; its path is in `ORDEAL_PLAN`. A pure function of the
 * scenario, the seed and the target's address: the same seed gives the same plan, byte for byte.
 */
export interface Plan {
  baseUrl: string;
  seed: number;
  ratePerSecond: number;
  durationMs: number;
  maxVirtualUsers: number;
  requests: RequestSpec[];
  options: Record<string, unknown>;
}

export function planOf(scenario: Scenario, seed: number, baseUrl: string): Plan {
  const { ratePerSecond, maxVirtualUsers, requests = [], options } = scenario.load;
  return {
    baseUrl,
    seed,
    ratePerSecond,
    durationMs: durationMs(scenario),
    maxVirtualUsers,
    requests,
    options,
  };
}
