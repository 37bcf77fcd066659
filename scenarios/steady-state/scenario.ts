import { defineScenario } from '../../harness/scenario/scenario.ts';
import { breakers, memoryApi } from '../memory-api/service.ts';

export default defineScenario({
  ...memoryApi,
  name: 'steady-state',
  description:
    'The memory API under the same load with nothing broken: what every other scenario is held against.',
  phasesMs: { warmup: 8_000, baseline: 22_000 },
  hypothesis: [
    { kind: 'latency', percentile: 0.95, maxMs: 200, phases: ['baseline'] },
    { kind: 'error-rate', max: 0.01, phases: ['baseline'] },
    { kind: 'cache-hit-rate', min: 0.8, phases: ['baseline'] },
    { kind: 'breaker-stays-closed', breaker: breakers.redis, phases: ['baseline'] },
    { kind: 'breaker-stays-closed', breaker: breakers.postgres, phases: ['baseline'] },
    { kind: 'writes-kept' },
    { kind: 'request-id', phases: ['baseline'] },
  ],
});
