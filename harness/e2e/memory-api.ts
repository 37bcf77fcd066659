import { resolve } from 'node:path';
import outage from '../../scenarios/redis-outage/scenario.ts';
import type { ScenarioInput } from '../scenario/scenario.ts';
import { repository } from './ordeal.ts';

type Movable = ScenarioInput & { target: { env: Record<string, string> } };

/** A scenario of this repository as data with absolute paths, so that a test can change a part of it. */
export function movable(original: ScenarioInput): Movable {
  const scenario = structuredClone(original);
  const absolute = (path = '.') => resolve(repository, 'scenarios', scenario.name, path);
  const stack = Object.entries(scenario.stack).map(([name, it]) => [
    name,
    it.kind === 'http' ? { ...it, cwd: absolute(it.cwd) } : it,
  ]);
  return {
    ...scenario,
    target: {
      ...scenario.target,
      env: scenario.target.env ?? {},
      cwd: absolute(scenario.target.cwd),
    },
    stack: Object.fromEntries(stack),
    load: { ...scenario.load, script: absolute(scenario.load.script) },
  };
}

export function redisOutage(): Movable {
  return movable(outage);
}
