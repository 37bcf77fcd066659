import { fileURLToPath } from 'node:url';
import type { ScenarioInput } from '../scenario/scenario.ts';

export function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
}

const judged = ['baseline', 'fault', 'recovery'] as const;

/** A service that is not the memory API (Express, CommonJS, pg, ioredis) through a short outage of Redis. */
export function shop(overrides: Partial<ScenarioInput> = {}): ScenarioInput {
  return {
    name: 'shop',
    description: 'Redis refuses connections for two seconds.',
    target: shopTarget(),
    stack: { postgres: { kind: 'postgres' }, redis: { kind: 'redis' } },
    load: { ratePerSecond: 100, requests: [{ name: 'item', path: '/items/{n}', population: 50 }] },
    phasesMs: { warmup: 1000, baseline: 2000, fault: 2000, recovery: 2000 },
    faults: [{ fault: { kind: 'refuse', link: 'redis' } }],
    hypothesis: [
      { kind: 'error-rate', max: 0.05, phases: [...judged] },
      { kind: 'request-id', phases: [...judged] },
    ],
    ...overrides,
  };
}

/** @param before what Node loads before the service, and further environment */
export function shopTarget(
  before: readonly string[] = [],
  env: Record<string, string> = {},
): ScenarioInput['target'] {
  return {
    command: ['node', ...before, fixture('shop/server.cjs')],
    env: { PORT: '{target.port}', DATABASE_URL: '{postgres.url}', REDIS_URL: '{redis.url}', ...env },
    ready: { path: '/health' },
  };
}
