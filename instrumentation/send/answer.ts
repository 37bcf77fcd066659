import { Reader } from './protobuf-reader.ts';

/**
 * How many items a receiver took none of, though it said 200: `partial_success` of Export*ServiceResponse
 * (https://opentelemetry.io/docs/specs/otlp/#partial-success-1). 0 when the answer cannot be read.
 */
export function rejectedItems(body: Buffer, contentType: string): number {
  if (body.length === 0) return 0;
  try {
    const told = /json/i.test(contentType) ? fromJson(body) : fromProtobuf(body);
    return Number.isSafeInteger(told) && told > 0 ? told : 0;
  } catch {
    return 0;
  }
}

function fromJson(body: Buffer): number {
  const { partialSuccess = {} } = JSON.parse(body.toString()) as { partialSuccess?: Record<string, unknown> };
  const { rejectedSpans, rejectedDataPoints, rejectedLogRecords } = partialSuccess;
  return Number(rejectedSpans ?? rejectedDataPoints ?? rejectedLogRecords ?? 0);
}

/** Field 1 of the answer is the message, field 1 of that the number, for all three signals. */
function fromProtobuf(body: Buffer): number {
  let rejected = 0;
  for (const answer = new Reader(body); !answer.done; ) {
    const tag = answer.tag();
    if (tag !== 10) {
      answer.skip(tag);
      continue;
    }
    for (const partial = answer.message(); !partial.done; ) {
      const inner = partial.tag();
      if (inner === 8) rejected = partial.varint();
      else partial.skip(inner);
    }
  }
  return rejected;
}

/** `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), in milliseconds from `nowMs`; undefined when unreadable. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
