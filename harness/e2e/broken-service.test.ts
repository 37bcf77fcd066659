import { describe, expect, it } from 'vitest';
import type { ScenarioInput } from '../scenario/scenario.ts';
import { needs } from '../setup/fixtures/parts.ts';
import { judge } from '../verdict/judge.ts';
import { redisOutage } from './memory-api.ts';
import { Desk, entriesOf, outcomes } from './ordeal.ts';
import { fixture } from './shop.ts';

type Change = (scenario: ReturnType<typeof redisOutage>) => ScenarioInput;

const env =
  (more: Record<string, string>): Change =>
  (it) => ({ ...it, target: { ...it.target, env: { ...it.target.env, ...more } } });

/** What is broken in the service on purpose, and the judgement that has to see it. */
const cases: [string, Change, string][] = [
  ['the breaker: it never opens', env({ BREAKER_FAILURES: '1000000' }), 'breaker-opens fault: violated'],
  ['the cache', env({ CACHE_ENABLED: 'false' }), 'cache-hit-rate baseline: violated'],
  [
    'the speed: 300 ms added to every answer',
    (it) => ({
      ...it,
      target: { ...it.target, command: ['node', '--import', fixture('slow.mjs'), 'server.ts'] },
    }),
    'latency baseline: violated',
  ],
  [
    'the storage: one acknowledged write in a hundred dropped',
    (it) => ({ ...it, target: { ...it.target, prepare: ['node', fixture('drop-one.ts')] } }),
    'writes-kept run: violated',
  ],
];

const { runs, titled } = await needs('k6', 'postgres', 'redis');

describe.runIf(runs)(
  titled('a service with one thing broken on purpose ends in 1, and the right judgement says so'),
  () => {
    it.each(cases)('%s', async (_, change, expected) => {
      using desk = new Desk();
      desk.scenario({
        ...change(redisOutage()),
        phasesMs: { warmup: 3000, baseline: 4000, fault: 4000, recovery: 7000 },
      });
      const found = () => outcomes(judge(entriesOf(desk.lastRun('redis-outage')!)));
      const outcome = await desk.runUndisturbed(
        ['run', 'redis-outage', '--stack', 'local', '--seed', '7'],
        () => found().some((it) => it.includes(expected)),
      );
      expect(outcome.code, outcome.output).toBe(1);
      expect(found()).toContainEqual(expect.stringContaining(expected));
    });
  },
);
