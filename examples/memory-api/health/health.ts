/** One thing that the service depends on, and how to find out whether it works. */
export interface HealthCheck {
  /** `postgres`, `redis`, `vector_index`. */
  name: string;
  /** Longest wait for one answer. */
  timeoutMs: number;
  /** Whether the service cannot serve without it. */
  required: boolean;
  /** Fails when it does not work. The signal says that nobody waits any longer. */
  check: (signal: AbortSignal) => Promise<unknown>;
}

export interface DependencyHealth {
  status: 'ok' | 'unavailable';
  latency_ms: number;
  /** The code or the name of the error, when there is one: safe to show. */
  error?: string;
}

export interface Health {
  /** `degraded`: something is missing that the service can do without. */
  status: 'ok' | 'degraded' | 'unavailable';
  /** Whether everything is there that is required. */
  ready: boolean;
  checked_at: string;
  dependencies: Record<string, DependencyHealth>;
}
