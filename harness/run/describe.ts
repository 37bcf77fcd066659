import { availableParallelism, type as osType, release, totalmem } from 'node:os';
import type { Host } from '../host.ts';
import type { RunEntry } from '../journal/entry.ts';
import type { RunOrder } from './order.ts';

/** The journal's first line. */
export function describeRun(order: RunOrder, id: string, host: Host): RunEntry {
  return {
    kind: 'run',
    atMs: host.nowMs(),
    format: 1,
    id,
    scenario: order.loaded.scenario,
    seed: order.seed,
    stack: order.provider.name,
    versions: { ...order.versions },
    machine: { os: `${osType()} ${release()}`, cpus: availableParallelism(), memoryBytes: totalmem() },
    replay: order.replay,
    ...(order.observing?.grafana !== undefined && { grafana: order.observing.grafana }),
  };
}
