import type { Contestant } from './contestants.ts';
import type { Cores } from './cores.ts';
import type { Load } from './load/load.ts';
import type { Plan } from './plan.ts';
import type { Sink } from './sink.ts';

/** What all measurements share. */
export interface Bench {
  readonly plan: Plan;
  readonly contestants: readonly Contestant[];
  readonly sink: Sink;
  readonly load: Load;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly cores: Cores | undefined;
  /** Sentences about what went wrong without ending the bench. */
  readonly troubles: string[];
}

export const connections = 32;
