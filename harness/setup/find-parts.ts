import {
  type Host,
  hostOf,
  observabilityNames,
  type Part,
  type PartName,
  type Parts,
  partNames,
} from './part.ts';
import { alertmanager, amtool } from './parts/alertmanager.ts';
import { docker } from './parts/docker.ts';
import { go } from './parts/go.ts';
import { grafana } from './parts/grafana.ts';
import { jaeger } from './parts/jaeger.ts';
import { k6 } from './parts/k6.ts';
import { loki } from './parts/loki.ts';
import { node } from './parts/node.ts';
import { postgres } from './parts/postgres.ts';
import { prometheus, promtool } from './parts/prometheus.ts';
import { redis } from './parts/redis.ts';
import type { Env } from './settings.ts';

export const allParts: Readonly<Record<PartName, Part>> = {
  ...{ node, k6, postgres, redis, docker, jaeger, go },
  ...{ prometheus, promtool, alertmanager, amtool, loki, grafana },
};

/** Looks for every part of a run at once and asks each for its version; nothing is changed. Takes about 0.1 s. */
export async function findParts(env: Env): Promise<Parts> {
  return findOn(hostOf(env));
}

/** Those of the observability stack too. */
export async function findAllParts(env: Env): Promise<Parts> {
  return findOn(hostOf(env), [...partNames, ...observabilityNames]);
}

export async function findOn(host: Host, names: readonly PartName[] = partNames): Promise<Parts> {
  const found = await Promise.all(
    names.map(async (name) => [name, await allParts[name].find(host)] as const),
  );
  return Object.fromEntries(found) as Parts;
}
