import { type Scenario, type ScenarioInput, scenarioSchema } from './scenario.ts';

/** A complete, small scenario for tests; `overrides` replace top-level fields. */
export function scenarioFixture(overrides: Partial<ScenarioInput> = {}): Scenario {
  return scenarioSchema.parse({
    name: 'fixture',
    description: 'A fixture.',
    target: { command: ['node', 'server.js'] },
    stack: { redis: { kind: 'redis' }, postgres: { kind: 'postgres' } },
    load: { ratePerSecond: 100, requests: [{ name: 'home', path: '/' }] },
    phasesMs: { warmup: 1000, baseline: 2000, fault: 3000, recovery: 4000 },
    faults: [{ fault: { kind: 'refuse', link: 'redis' } }],
    hypothesis: [{ kind: 'error-rate', max: 0.01, phases: ['baseline'] }],
    ...overrides,
  });
}
