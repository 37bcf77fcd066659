import { resolve } from 'node:path';
import steady from '../../scenarios/redis-outage/scenario.ts';
import type { ScenarioInput } from '../scenario/scenario.ts';
import { repository } from './ordeal.ts';

/** The scenario redis-outage as data with absolute paths, so that a test can change a part of it. */
export function redisOutage(): ScenarioInput & { target: { env: Record<string, string> } } {
  const scenario = structuredClone(steady);
  const folder = resolve(repository, 'scenarios/redis-outage');
  return {
    ...scenario,
    target: {
      ...scenario.target,
      env: scenario.target.env ?? {},
      cwd: resolve(folder, scenario.target.cwd ?? '.'),
    },
    load: { ...scenario.load, script: resolve(folder, scenario.load.script!) },
  };
}
