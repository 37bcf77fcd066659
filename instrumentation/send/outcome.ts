import { rejectedItems, retryAfterMs } from './answer.ts';
import type { Answer } from './post.ts';

/** What became of a request. */
export type Outcome =
  | { readonly kind: 'delivered'; readonly lost: number }
  /** Not now: to be sent again, after `waitMs` if the receiver said so. */
  | {
      readonly kind: 'later';
      readonly why: string;
      readonly waitMs: number | undefined;
      readonly doubtful: boolean;
    }
  /** Never. */
  | { readonly kind: 'refused'; readonly why: string };

/**
 * 429 and 5xx are sent again (OTLP names 429, 502, 503 and 504; Loki answers 500 when it is short of something).
 * `doubtful`: another 5xx, which may be due to what was sent, and is therefore not tried for ever. A redirect is a
 * wrong address, not a new one.
 */
export function outcomeOf({ status, headers, body }: Answer, nowMs: number): Outcome {
  if (status >= 200 && status < 300)
    return { kind: 'delivered', lost: rejectedItems(body, headers['content-type'] ?? '') };
  const why = `HTTP ${status}`;
  if (status !== 429 && status < 500) return { kind: 'refused', why };
  const doubtful = ![429, 502, 503, 504].includes(status);
  return { kind: 'later', why, waitMs: retryAfterMs(headers['retry-after'], nowMs), doubtful };
}
