import { defineScenario } from '../../harness/scenario/scenario.ts';
import { breakers, memoryApi } from '../memory-api/service.ts';

const breaker = breakers.redis;

export default defineScenario({
  ...memoryApi,
  name: 'redis-outage',
  description:
    'Redis refuses connections for nine seconds; the memory API goes on without its cache and recovers.',
  // For the first half second after the heal the service does not read from Redis yet.
  phasesMs: { warmup: 5_000, baseline: 9_000, fault: 9_000, recovery: 10_500 },
  faults: [{ fault: { kind: 'refuse', link: 'redis' } }],
  hypothesis: [
    { kind: 'latency', percentile: 0.95, maxMs: 200, phases: ['baseline', 'fault', 'recovery'] },
    { kind: 'error-rate', max: 0.01, phases: ['baseline', 'fault', 'recovery'] },
    { kind: 'cache-hit-rate', min: 0.8, phases: ['baseline', 'recovery'] },
    { kind: 'breaker-opens', withinMs: 2_000, breaker },
    // Invalidations do not wait for it: other processes would serve what is stale. They are few, and told together.
    { kind: 'breaker-silences', link: 'redis', maxCommands: 10, breaker },
    { kind: 'breaker-closes', withinMs: 5_000, breaker },
    { kind: 'writes-kept' },
    { kind: 'request-id', phases: ['baseline', 'fault', 'recovery'] },
  ],
});
