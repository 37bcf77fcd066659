import { type Channel, channel } from 'node:diagnostics_channel';

/*
 * What the service tells of its work, on Node's own channels. Whoever wants to know subscribes; while nobody does,
 * nothing is measured and nothing is made. README.md lists the channels.
 */

export type Outcome = 'ok' | 'error';

interface Done {
  outcome: Outcome;
  durationMs: number;
  /** The code or the name of the error. */
  errorType?: string;
}

export interface OperationDone extends Done {
  operation: 'create' | 'read' | 'list' | 'search' | 'update' | 'delete';
  /** Of the memory, where there is just one. */
  kind?: string;
}

export interface EmbeddingDone extends Done {
  model: string;
  cached: boolean;
}

export interface StoreDone extends Done {
  operation:
    | 'insert'
    | 'find'
    | 'count'
    | 'list'
    | 'search'
    | 'search-text'
    | 'update'
    | 'delete'
    | 'pending'
    | 'embed'
    | 'upsert'
    | 'census'
    | 'check';
}

export interface SearchDone extends Done {
  type: 'vector' | 'text';
  results?: number;
  /** Cosine similarities, best first; what points the other way (below 0) counts as 0, having nothing to do with it. */
  scores?: number[];
}

export interface CacheLookup {
  layer: 'process' | 'redis';
  outcome: 'hit' | 'miss' | 'unavailable';
}

export interface ActiveUsers {
  users: number;
}

export interface MemoryCount {
  kind: string;
  memories: number;
}

export interface IndexSize {
  memories: number;
}

/** One call to a dependency, with all its tries. */
export interface CallDone extends Done {
  dependency: string;
  /** 0 when the breaker was open. */
  tries: number;
  /** Whether it went well only because it was tried again. */
  recovered: boolean;
}

/** The breaker before a dependency changed. */
export interface BreakerChanged {
  dependency: string;
  from: string;
  to: string;
  /** 1 while the dependency is left alone. */
  open: 0 | 1;
}

/** Connections to PostgreSQL. */
export interface PoolStatus {
  /** Open or being opened. */
  size: number;
  /** At work. */
  out: number;
  /** At rest. */
  in: number;
  /** How many of `size` are beyond the number that is kept. */
  overflow: number;
  /** Found to be broken and thrown away, since the start. */
  invalidated: number;
  /** Requests that wait for one. */
  waiting: number;
}

/** One check that is done. */
export interface HealthChecked {
  dependency: string;
  outcome: Outcome;
  /** 1 when it works, 0 when not. */
  up: 0 | 1;
  durationMs: number;
  /** The code or the name of the error; `HealthTimeoutError` when there was no answer in time. */
  errorType?: string;
}

/** What somebody who looks after the safety of the service wants to read later. Holds no key and no content. */
export interface AuditEvent {
  event: 'auth_attempt' | 'rate_limit_exceeded' | 'suspicious_activity' | 'data_access';
  outcome: 'allowed' | 'denied' | 'noticed';
  /** Whose data it is about: the user of the key, else whose memory was found, or the one that the request names. */
  user_id?: string;
  /** The memory that the request names. */
  memory_id?: string;
  key_id?: string;
  address: string;
  /** Method and pattern, such as `GET /memories/:id`. */
  route: string;
  /** Which tool was called at `/mcp`. */
  tool?: string;
  reason?: string;
}

/** A channel of Node, with the type of its messages. */
export interface Topic<M> extends Channel {
  publish(message: M): void;
}

export const channels = {
  operation: topic<OperationDone>('operation'),
  embedding: topic<EmbeddingDone>('embedding'),
  store: topic<StoreDone>('store'),
  search: topic<SearchDone>('search'),
  cache: topic<CacheLookup>('cache'),
  activeUsers: topic<ActiveUsers>('active-users'),
  memories: topic<MemoryCount>('memories'),
  index: topic<IndexSize>('index'),
  call: topic<CallDone>('call'),
  breaker: topic<BreakerChanged>('breaker'),
  pool: topic<PoolStatus>('pool'),
  health: topic<HealthChecked>('health'),
  audit: topic<AuditEvent>('audit'),
};

function topic<M>(name: string): Topic<M> {
  return channel(`memory-api:${name}`);
}

/** Publishes what is only made when somebody listens. */
export function tell<M>(topic: Topic<M>, message: () => M): void {
  if (topic.hasSubscribers) topic.publish(message());
}

/**
 * Runs `work` and publishes how it went. `details`: what else is told, of the result when there is one.
 *
 * @throws what `work` throws
 */
export async function told<R, M extends Done>(
  topic: Topic<M>,
  details: (result?: R) => Omit<M, keyof Done>,
  work: () => Promise<R>,
): Promise<R> {
  if (!topic.hasSubscribers) return work();
  const startedAtMs = performance.now();
  const durationMs = () => performance.now() - startedAtMs;
  try {
    const result = await work();
    topic.publish({ ...details(result), outcome: 'ok', durationMs: durationMs() } as M);
    return result;
  } catch (error) {
    const done = { outcome: 'error', durationMs: durationMs(), errorType: errorTypeOf(error) };
    topic.publish({ ...details(), ...done } as M);
    throw error;
  }
}

/** The code of the error or of what caused it, else its name. */
export function errorTypeOf(error: unknown): string {
  const { code, name, cause } = Object(error) as { code?: unknown; name?: unknown; cause?: unknown };
  const inner = Object(cause) as { code?: unknown };
  return String(inner.code ?? code ?? name ?? 'unknown');
}
