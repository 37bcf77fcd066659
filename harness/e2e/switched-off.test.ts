import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import embeddingsOutage from '../../scenarios/embeddings-outage/scenario.ts';
import postgresSlow from '../../scenarios/postgres-slow/scenario.ts';
import redisOutage from '../../scenarios/redis-outage/scenario.ts';
import redisSlow from '../../scenarios/redis-slow/scenario.ts';
import steadyState from '../../scenarios/steady-state/scenario.ts';
import type { ScenarioInput } from '../scenario/scenario.ts';
import { needs } from '../setup/fixtures/parts.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { movable } from './memory-api.ts';
import { Desk } from './ordeal.ts';

const { runs, titled } = await needs('k6', 'postgres', 'redis');

/** Long enough to see what must be seen, and no longer. */
const phasesMs = { warmup: 3_000, baseline: 3_000, fault: 6_000, recovery: 3_000 };
const never = '1000000000';

/** What is switched off in the memory API, and the judgements that must say so: kind, phase, and words of the claim. */
const cases: [
  scenario: ScenarioInput,
  off: string,
  env: Record<string, string>,
  violated: [kind: string, phase: string, claim: string][],
][] = [
  [
    steadyState,
    'its cache',
    { CACHE_ENABLED: 'false' },
    [['cache-hit-rate', 'baseline', 'answered from the cache']],
  ],
  [
    redisOutage,
    'its breaker',
    { BREAKER_FAILURES: never },
    [['breaker-opens', 'fault', 'the breaker guard opens']],
  ],
  [
    redisSlow,
    'the time limit of its cache',
    { REDIS_COMMAND_TIMEOUT_MS: '10000' },
    [
      ['latency', 'fault', 'P95 of all requests'],
      ['breaker-opens', 'fault', 'the breaker guard opens'],
    ],
  ],
  [
    postgresSlow,
    'its cache',
    { CACHE_ENABLED: 'false' },
    [['latency', 'fault', 'P75 of the requests "read"']],
  ],
  [
    embeddingsOutage,
    'its breaker, and what embeds later',
    { BREAKER_FAILURES: never, PENDING_PAUSE_MS: '3600000' },
    [
      ['breaker-opens', 'fault', 'the breaker breaker opens'],
      ['writes-kept', 'run', 'every acknowledged write'],
    ],
  ],
];

describe.runIf(runs)(titled('a memory API without'), () => {
  it.each(cases)('$1 does not pass $0.name', async (original, _, env, expected) => {
    using desk = new Desk();
    const scenario = movable(original);
    const lacking = { ...scenario.target, env: { ...scenario.target.env, ...env } };
    const faulted = (scenario.faults ?? []).length > 0;
    const name = desk.scenario({
      ...scenario,
      target: lacking,
      phasesMs: faulted ? phasesMs : { warmup: phasesMs.warmup, baseline: phasesMs.fault },
    });
    const { code, output } = await desk.run(['run', name, '--stack', 'local', '--seed', '7']);
    expect(code, output).toBe(1);
    const verdict: Verdict = JSON.parse(readFileSync(join(desk.lastRun(name)!, 'verdict.json'), 'utf8'));
    for (const [kind, phase, claim] of expected)
      expect(verdict.judgements, output).toContainEqual(
        expect.objectContaining({
          kind,
          phase,
          outcome: 'violated',
          claim: expect.stringContaining(claim),
        }),
      );
  });
});
