import { ExternalError } from '../errors.ts';
import type { RetryHint } from '../resilience/retryable.ts';

/** As errors call it. */
export const provider = 'the embeddings provider';

interface Spec {
  /** For the log, not for callers of the API. Holds nothing that the provider wrote: it may repeat the key or a text. */
  reason: string;
  retryable: boolean;
  /** Whether it shows that the provider is not well, as opposed to what it was asked. */
  countsAsFailure: boolean;
  retryAfterMs?: number | undefined;
  refusesText?: boolean;
}

/** The provider answered, and not with embeddings. */
export class ProviderError extends ExternalError implements RetryHint {
  override name = 'ProviderError';
  readonly reason: string;
  readonly retryable: boolean;
  readonly countsAsFailure: boolean;
  readonly retryAfterMs: number | undefined;
  /** Whether the texts are at fault: the same ones will not do better, others may. */
  readonly refusesText: boolean;

  constructor({ reason, retryable, countsAsFailure, retryAfterMs, refusesText = false }: Spec) {
    super(provider, new Error(reason));
    this.reason = reason;
    this.retryable = retryable;
    this.countsAsFailure = countsAsFailure;
    this.retryAfterMs = retryAfterMs;
    this.refusesText = refusesText;
  }
}

/** Statuses below 500 that may pass: Request Timeout, Too Early, Too Many Requests. */
const passing = new Set([408, 425, 429]);

/** Bad Request, Content Too Large, Unprocessable Content. */
const ofTheText = new Set([400, 413, 422]);

/** For an answer whose status is not 200. `retryAfter`: the header of that name (RFC 9110, section 10.2.3). */
export function refusal(status: number, retryAfter: string | null, nowMs: number): ProviderError {
  const mayPass = status >= 500 || passing.has(status);
  return new ProviderError({
    reason: `it answered with the status ${status}`,
    retryable: mayPass,
    countsAsFailure: mayPass,
    retryAfterMs: parseRetryAfter(retryAfter, nowMs),
    refusesText: ofTheText.has(status),
  });
}

/** Seconds or a date. */
function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
