import { CircuitBreakerOpenError, ExternalError, NetworkError } from '../errors.ts';

/** What an error may say of itself where its class does not say enough. */
export interface RetryHint {
  /** Whether the same call may succeed when it is made again. */
  readonly retryable?: boolean;
  /** The pause that the dependency asked for. */
  readonly retryAfterMs?: number | undefined;
  /** Whether it shows that the dependency is not well, as opposed to what it was asked. */
  readonly countsAsFailure?: boolean;
}

/** A call that did not begin, or that nobody waits for any more. */
const final = new Set(['CIRCUIT_BREAKER_OPEN', 'DEADLINE_EXCEEDED']);

/** Whether to try again; of what is not known to be harmless, the answer is no. */
export function isRetryable(error: unknown): boolean {
  const { retryable } = hintOf(error);
  if (retryable !== undefined) return retryable;
  if (error instanceof NetworkError) return !final.has(error.code);
  return error instanceof ExternalError;
}

/** Whether a breaker counts it. */
export function isFailure(error: unknown): boolean {
  const { countsAsFailure } = hintOf(error);
  if (countsAsFailure !== undefined) return countsAsFailure;
  if (error instanceof CircuitBreakerOpenError) return false;
  return error instanceof NetworkError || error instanceof ExternalError;
}

/** 0 when nothing was asked for. */
export function retryAfterMsOf(error: unknown): number {
  return hintOf(error).retryAfterMs ?? 0;
}

function hintOf(error: unknown): RetryHint {
  return Object(error) as RetryHint;
}
