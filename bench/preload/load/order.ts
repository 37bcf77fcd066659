/** What the generator is asked to do. */
export interface Order {
  readonly port: number;
  readonly connections: number;
  readonly forMs: number;
  /** Requests that begin each second whatever the answers do; left out: each connection asks again when answered. */
  readonly ratePerSecond?: number;
}

/** What came of it. */
export interface Answers {
  readonly good: number;
  /** Answers other than 200, and connections that ended. */
  readonly failed: number;
  readonly goodPerSecond: number;
  /** With a rate: from the moment at which a request was due, so that waiting for a free connection counts. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}
