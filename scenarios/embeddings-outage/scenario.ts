import { defineScenario } from '../../harness/scenario/scenario.ts';
import { breakers, lightLoad, memoryApi } from '../memory-api/service.ts';

const breaker = breakers.embeddings;
const dimensions = '64';

export default defineScenario({
  ...memoryApi,
  name: 'embeddings-outage',
  description:
    'The embeddings provider says nothing for twelve seconds; memories are kept and found by words, and by meaning when it is back.',
  target: {
    ...memoryApi.target,
    env: {
      ...memoryApi.target.env,
      EMBEDDINGS_URL: '{embeddings.url}/v1',
      EMBEDDINGS_DIMENSIONS: dimensions,
      // Nobody waits for an embedding longer than this; the default, 5 s, is for a provider far away.
      EMBEDDINGS_DEADLINE_MS: '500',
      EMBEDDINGS_TRY_TIMEOUT_MS: '500',
      PENDING_PAUSE_MS: '500',
      // The default, a minute, is longer than the run.
      PENDING_LONGEST_PAUSE_MS: '2000',
    },
  },
  stack: {
    ...memoryApi.stack,
    embeddings: {
      kind: 'http',
      command: ['node', 'server.ts'],
      cwd: '../../examples/embeddings-server',
      // Whatever these are where Ordeal runs.
      env: { PORT: '{port}', DIMENSIONS: dimensions, HOST: '127.0.0.1', API_KEY: '' },
      ready: { path: '/health' },
    },
  },
  load: {
    ...lightLoad,
    options: {
      ...lightLoad.options,
      mix: { read: 0.65, create: 0.05, list: 0.05, search: 0.1, 'search-new': 0.15 },
    },
  },
  // Whoever was written without an embedding is not there in full before it has one.
  writes: {
    ...memoryApi.writes,
    sql: 'select content from memories where id = $1 and embedding is not null',
  },
  // So long that the few that wait for the time limit, until the breaker knows, are far less than one in twenty.
  phasesMs: { warmup: 5_000, baseline: 7_500, fault: 12_000, recovery: 12_000 },
  faults: [{ fault: { kind: 'hold', link: 'embeddings' } }],
  hypothesis: [
    { kind: 'latency', percentile: 0.95, maxMs: 200, phases: ['baseline', 'fault', 'recovery'] },
    // The first few wait for the time limit, until the breaker knows.
    { kind: 'latency', percentile: 0.95, maxMs: 800, phases: ['fault'], request: 'search-new' },
    { kind: 'error-rate', max: 0.01, phases: ['baseline', 'fault', 'recovery'] },
    { kind: 'check', check: 'finds by meaning', min: 0.9, phases: ['baseline'] },
    { kind: 'check', check: 'says that it is degraded', min: 0.8, phases: ['fault'] },
    { kind: 'check', check: 'finds by meaning', min: 0.8, phases: ['recovery'] },
    { kind: 'breaker-opens', withinMs: 2_000, breaker },
    { kind: 'breaker-closes', withinMs: 5_000, breaker },
    { kind: 'breaker-stays-closed', phases: ['baseline', 'fault', 'recovery'], breaker: breakers.postgres },
    { kind: 'writes-kept' },
    { kind: 'request-id', phases: ['baseline', 'fault', 'recovery'] },
  ],
});
