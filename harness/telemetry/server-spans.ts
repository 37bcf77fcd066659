import type { SpanEntry } from '../journal/entry.ts';
import { attribute, msFromNanos, type OtlpSpan } from './otlp.ts';

/** `SpanKind.SERVER`; the name is not in the standard for JSON, but some senders write it. */
export function isServerSpan({ kind }: OtlpSpan): boolean {
  return kind === 2 || kind === 'SPAN_KIND_SERVER';
}

/** Status 0: the span has none, because no answer was sent. */
export function spanEntry(span: OtlpSpan): SpanEntry {
  const atMs = msFromNanos(span.startTimeUnixNano);
  const requestId = attribute(span.attributes, 'request.id');
  const status =
    attribute(span.attributes, 'http.response.status_code') ?? attribute(span.attributes, 'http.status_code');
  return {
    kind: 'span',
    atMs,
    durationMs: msFromNanos(span.endTimeUnixNano) - atMs,
    name: String(span.name),
    traceId: String(span.traceId),
    status: Number(status ?? 0),
    ...(requestId === undefined ? {} : { requestId: String(requestId) }),
  };
}
