import { type Env, readSettings, type Settings } from './settings.ts';

/** What a run can need. */
export const partNames = ['node', 'k6', 'postgres', 'redis', 'docker', 'jaeger', 'go'] as const;

/** What the observability stack needs besides; looked for only where it is asked for. */
export const observabilityNames = [
  'prometheus',
  'promtool',
  'alertmanager',
  'amtool',
  'loki',
  'grafana',
] as const;

type ObservabilityName = (typeof observabilityNames)[number];
export type PartName = (typeof partNames)[number] | ObservabilityName;

/**
 * Something that a run needs and that is not JavaScript.
 *
 * It is looked for in this order, and the first good one is taken: an explicit path in the environment (which
 * is final: when it is wrong nothing else is tried), PATH and the folders where the system keeps it, the cache
 * folder, an npm package. When none is good it is got by one of `ways`, in their order.
 */
export interface Part {
  readonly name: PartName;
  /** For a person: `Redis`. */
  readonly title: string;
  find(host: Host): Promise<Found | undefined>;
  /** How it can be got here, best first; empty when we get no such thing. */
  ways(host: Host, parts: Parts): readonly Way[] | Promise<readonly Way[]>;
  /** What a person does to have it, when it was found nowhere. */
  readonly mend: string;
}

export type Where = 'environment' | 'PATH' | 'system' | 'cache' | 'npm package' | 'this process' | 'engine';

export interface Found {
  /** The program; for PostgreSQL the folder with its programs; for Docker the engine's address. */
  readonly path: string;
  /** As it says itself; empty when it could not be asked. */
  readonly version: string;
  readonly where: Where;
  /** Whether it can be used as it is. */
  readonly good: boolean;
  /** Only when it is not good: what is wrong with it, in a clause. */
  readonly problem?: string;
  /** Only when it is not good: what to do about it. */
  readonly mend?: string;
}

export type Parts = Readonly<
  Record<(typeof partNames)[number], Found | undefined> &
    Partial<Record<ObservabilityName, Found | undefined>>
>;

/** One way of getting a part. */
export interface Way {
  /** What it will do, said before it does it: `build k6 1.8.1 with Go (about 75 s)`. */
  readonly what: string;
  /** Why it cannot be tried here, in a clause; undefined when it can. */
  readonly blocked?: string | undefined;
  /** Changes something outside our cache folder, so a person who is not root is asked first. */
  readonly asks?: boolean;
  /** @throws Error with the end of the output of what failed. */
  take(work: Work): Promise<void>;
}

export interface Work {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The machine as the set-up sees it. */
export interface Host {
  /** Handed to the programs that get a part: proxies, home, package mirrors. */
  readonly env: Env;
  readonly settings: Settings;
  readonly uid: number;
  /** Run PostgreSQL as this user: it refuses to be root. undefined means ourselves. */
  readonly serverUid: number | undefined;
}

/** The user `nobody` of every Linux (kernel/sys.c: `DEFAULT_OVERFLOWUID`). */
const nobody = 65_534;

export function hostOf(env: Env): Host {
  const uid = process.getuid?.() ?? -1;
  return { env, uid, settings: readSettings(env, uid), serverUid: uid === 0 ? nobody : undefined };
}
