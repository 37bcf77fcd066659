import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { cacheAndBreaker } from './cache-and-breaker.ts';
import { dependencies } from './dependencies.ts';
import { errors } from './errors.ts';
import { logs } from './logs.ts';
import { memories } from './memories.ts';
import { processes } from './process.ts';
import { runs } from './runs.ts';
import { service } from './service.ts';

/** Every dashboard, in the order in which a person looks at them. */
export const dashboards: readonly Dashboard[] = [
  service,
  dependencies,
  cacheAndBreaker,
  memories,
  errors,
  logs,
  processes,
  runs,
];

/** Where its JSON is, below this folder. */
export function fileOf({ uid }: Dashboard): string {
  return `dashboards/${uid!.replace(/^ordeal-/, '')}.json`;
}

/** What stands in the file. */
export function jsonOf(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
