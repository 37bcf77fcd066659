import { defineScenario } from '../../harness/scenario/scenario.ts';
import { breakers, lightLoad, memoryApi } from '../memory-api/service.ts';

const breaker = breakers.redis;

export default defineScenario({
  ...memoryApi,
  name: 'redis-slow',
  description:
    'Every answer of Redis comes half a second late for fourteen seconds; the memory API does not wait for its cache, and uses it again when it is fast.',
  load: lightLoad,
  target: {
    ...memoryApi.target,
    // Each try waits for the time limit of a command: two in a second would be nearly as many as a P95 may leave out.
    env: { ...memoryApi.target.env, BREAKER_RESET_MS: '1000' },
  },
  // For the first half second after the heal the service does not read from Redis yet.
  phasesMs: { warmup: 5_000, baseline: 7_500, fault: 14_000, recovery: 14_000 },
  faults: [{ fault: { kind: 'delay', link: 'redis', latencyMs: 500, jitterMs: 50 } }],
  hypothesis: [
    // Also while Redis is slow: only the first few wait for the time limit of a command.
    { kind: 'latency', percentile: 0.95, maxMs: 200, phases: ['baseline', 'fault', 'recovery'] },
    { kind: 'error-rate', max: 0, phases: ['fault'] },
    { kind: 'error-rate', max: 0.01, phases: ['baseline', 'recovery'] },
    { kind: 'cache-hit-rate', min: 0.8, phases: ['baseline', 'recovery'] },
    { kind: 'breaker-opens', withinMs: 2_000, breaker },
    // Here it could talk: the link lets everything through, only late.
    // Every quarter of a second invalidations that Redis has not taken are told to it again.
    { kind: 'breaker-silences', link: 'redis', maxCommands: 60, breaker },
    { kind: 'breaker-closes', withinMs: 5_000, breaker },
    { kind: 'writes-kept' },
    { kind: 'request-id', phases: ['baseline', 'fault', 'recovery'] },
  ],
});
