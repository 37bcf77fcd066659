import { defineScenario } from '../../harness/scenario/scenario.ts';
import { breakers, memoryApi } from '../memory-api/service.ts';

export default defineScenario({
  ...memoryApi,
  name: 'event-loop-block',
  description:
    'The event loop of the memory API stands still for 200 ms in every second: answers wait, none is lost, and all is well at once when it ends.',
  // Requests pile up while the loop stands still; the load generator needs hands for them.
  load: { ...memoryApi.load, ratePerSecond: 200, maxVirtualUsers: 400 },
  phasesMs: { warmup: 5_000, baseline: 7_500, fault: 6_500, recovery: 6_500 },
  faults: [{ fault: { kind: 'block-event-loop', blockMs: 200, everyMs: 1_000 } }],
  hypothesis: [
    { kind: 'latency', percentile: 0.95, maxMs: 200, phases: ['baseline', 'recovery'] },
    // One answer in five waits for the loop, up to 200 ms and then for those that came before it.
    { kind: 'latency', percentile: 0.95, maxMs: 600, phases: ['fault'] },
    { kind: 'error-rate', max: 0.01, phases: ['baseline', 'fault', 'recovery'] },
    // A stalled service must not take its healthy dependencies for dead.
    { kind: 'breaker-stays-closed', breaker: breakers.redis, phases: ['baseline', 'fault', 'recovery'] },
    { kind: 'breaker-stays-closed', breaker: breakers.postgres, phases: ['baseline', 'fault', 'recovery'] },
    { kind: 'writes-kept' },
    { kind: 'request-id', phases: ['baseline', 'fault', 'recovery'] },
  ],
});
