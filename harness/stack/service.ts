import type { ServerKind, ServerSpec, ServiceKind } from '../scenario/scenario.ts';
import type { Undo } from '../undo/undo.ts';

/** A dependency that runs. Disposing it stops it and leaves nothing behind. */
export interface Service extends AsyncDisposable {
  readonly name: string;
  readonly kind: ServiceKind | 'jaeger';
  /** For a person and the journal: `PostgreSQL 18.4`. */
  readonly version: string;
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Further ports by purpose; Jaeger: `otlpHttp` and `query`. */
  readonly ports?: Readonly<Record<string, number>>;
  /** Resolves to how it ended (`exit code 1`), whoever ended it; never rejects. */
  readonly ended: Promise<string>;
  /** The last lines of its log. */
  logTail(): Promise<string>;
}

/** How services are started: in containers, or as child processes. */
export interface Provider {
  readonly name: 'docker' | 'local';
  /** Whether it can start all of these here and now, and the reason in a clause for a person. */
  canServe(kinds: readonly ServerKind[]): Promise<{ able: boolean; why: string }>;
  /** @throws InfrastructureError with the end of the service's log when it does not become ready. */
  start(name: string, spec: ServerSpec, context: StartContext): Promise<Service>;
  /** Jaeger to look at traces; undefined when there is none to be had here, with the reason told by `onNote`. */
  startJaeger(context: StartContext): Promise<Service | undefined>;
}

export interface StartContext {
  undo: Undo;
  /** Where the service may write: its log goes to `<folder>/<name>.log`. */
  folder: string;
  signal: AbortSignal;
  onNote(text: string): void;
}

/** User, password and database of every PostgreSQL that a provider starts: it lives for one run on loopback. */
export const postgresLogin = { user: 'ordeal', password: 'ordeal', database: 'ordeal' } as const;

/** The address of a service or of its link, as its clients write it. */
export function serviceUrl(kind: ServiceKind, host: string, port: number): string {
  if (kind !== 'postgres') return `${kind}://${host}:${port}`;
  const { user, password, database } = postgresLogin;
  return `postgres://${user}:${password}@${host}:${port}/${database}`;
}
