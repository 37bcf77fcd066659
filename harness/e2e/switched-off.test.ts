import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import embeddingsOutage from '../../scenarios/embeddings-outage/scenario.ts';
import { breakers } from '../../scenarios/memory-api/service.ts';
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

interface Case {
  scenario: ScenarioInput;
  /** What the memory API goes without, and the settings that take it away. */
  without: string;
  env: Record<string, string>;
  /** The judgements that must say so: kind, phase, and words of the claim. */
  violated: [kind: string, phase: string, claim: string][];
}

const opens = (breaker: string): Case['violated'][number] => [
  'breaker-opens',
  'fault',
  `the breaker ${breaker} opens`,
];

const cases: Case[] = [
  {
    scenario: steadyState,
    without: 'its cache',
    env: { CACHE_ENABLED: 'false' },
    violated: [['cache-hit-rate', 'baseline', 'answered from the cache']],
  },
  {
    scenario: redisOutage,
    without: 'breakers',
    env: { BREAKER_FAILURES: never },
    violated: [opens(breakers.redis)],
  },
  {
    scenario: redisSlow,
    without: 'a time limit for Redis',
    env: { REDIS_COMMAND_TIMEOUT_MS: '10000' },
    violated: [['latency', 'fault', 'P95 of all requests'], opens(breakers.redis)],
  },
  {
    scenario: postgresSlow,
    without: 'its cache',
    env: { CACHE_ENABLED: 'false' },
    violated: [['latency', 'fault', 'P75 of the requests "read"']],
  },
  {
    scenario: embeddingsOutage,
    without: 'breakers and later embedding',
    env: { BREAKER_FAILURES: never, PENDING_PAUSE_MS: '3600000', PENDING_LONGEST_PAUSE_MS: '3600000' },
    violated: [opens(breakers.embeddings), ['writes-kept', 'run', 'every acknowledged write']],
  },
];

describe.runIf(runs)(titled('a memory API without'), () => {
  it.each(cases)('$without does not pass $scenario.name', async ({ scenario: original, env, violated }) => {
    using desk = new Desk();
    const scenario = movable(original);
    const target = { ...scenario.target, env: { ...scenario.target.env, ...env } };
    const faulted = (scenario.faults ?? []).length > 0;
    const name = desk.scenario({
      ...scenario,
      target,
      phasesMs: faulted ? phasesMs : { warmup: phasesMs.warmup, baseline: phasesMs.fault },
    });
    const missing = () => {
      const { judgements }: Verdict = JSON.parse(
        readFileSync(join(desk.lastRun(name)!, 'verdict.json'), 'utf8'),
      );
      const found = judgements.filter(({ outcome }) => outcome === 'violated');
      return violated.filter(
        ([kind, phase, claim]) =>
          !found.some((it) => it.kind === kind && it.phase === phase && it.claim.includes(claim)),
      );
    };
    const { code, output } = await desk.runUndisturbed(
      ['run', name, '--stack', 'local', '--seed', '7'],
      () => missing().length === 0,
    );
    expect(code, output).toBe(1);
    expect(missing(), output).toEqual([]);
  });
});
