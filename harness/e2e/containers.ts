import type { Found } from '../setup/part.ts';
import { hostOf } from '../setup/part.ts';
import { docker } from '../setup/parts/docker.ts';

/** The engine that answers; undefined when none does. */
export async function dockerEngine(): Promise<Found | undefined> {
  const engine = await docker.find(hostOf(process.env));
  return engine?.good ? engine : undefined;
}

/** Containers of these runs, or of any run when no id is given, by name. */
export async function containersOf(engine: Found | undefined, ids?: readonly string[]): Promise<string[]> {
  if (!engine) return [];
  const { getContainerRuntimeClient } = await import('testcontainers');
  const client = await getContainerRuntimeClient();
  const all = await client.container.list();
  return all
    .filter(({ Labels }) => (ids ? ids.includes(Labels['ordeal.run'] ?? '') : 'ordeal.run' in Labels))
    .map(({ Id, Names }) => `container ${Names[0] ?? Id}`);
}
