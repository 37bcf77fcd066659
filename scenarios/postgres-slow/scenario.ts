import { defineScenario } from '../../harness/scenario/scenario.ts';
import { breakers, lightLoad, memoryApi } from '../memory-api/service.ts';

export default defineScenario({
  ...memoryApi,
  name: 'postgres-slow',
  description:
    'Every answer of PostgreSQL comes a tenth of a second late for eight seconds; nothing fails, and what the cache has is read as fast as ever.',
  load: lightLoad,
  phasesMs: { warmup: 5_000, baseline: 7_500, fault: 8_000, recovery: 8_000 },
  faults: [{ fault: { kind: 'delay', link: 'postgres', latencyMs: 100, jitterMs: 20 } }],
  hypothesis: [
    { kind: 'latency', percentile: 0.95, maxMs: 200, phases: ['baseline', 'recovery'] },
    // The longest way is four round trips; with connections enough nobody waits for another's.
    { kind: 'latency', percentile: 0.95, maxMs: 700, phases: ['fault'] },
    // Three reads in four are in the cache and do not ask PostgreSQL.
    { kind: 'latency', percentile: 0.75, maxMs: 50, phases: ['fault'], request: 'read' },
    { kind: 'cache-hit-rate', min: 0.8, phases: ['baseline', 'fault', 'recovery'] },
    { kind: 'error-rate', max: 0, phases: ['fault'] },
    { kind: 'error-rate', max: 0.01, phases: ['baseline', 'recovery'] },
    // Slow is not gone: whoever took it for dead would refuse what can be answered.
    {
      kind: 'breaker-stays-closed',
      phases: ['baseline', 'fault', 'recovery'],
      breaker: breakers.postgres,
    },
    { kind: 'writes-kept' },
    { kind: 'request-id', phases: ['baseline', 'fault', 'recovery'] },
  ],
});
