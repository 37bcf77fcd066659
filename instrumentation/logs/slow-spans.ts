import type { RecordedSpan } from '../trace/span.ts';
import type { SlowWatch } from './slow.ts';

/** `SpanStatusCode.ERROR` */
const failed = 2;

/** Tells `slow` of spans that may be: nearly every span costs a comparison and no more. */
export function slowSpans(slow: SlowWatch): (span: RecordedSpan) => void {
  const leastMs = Math.min(slow.operationMs, slow.queryMs);
  return (span) => {
    const durationMs = span.endMs - span.startMs;
    if (durationMs <= leastMs) return;
    const attribute = (name: string) => {
      const shared = span.shared?.pairs.find(([key]) => key === name);
      const at = span.attributes.indexOf(name);
      const value = shared ? shared[1] : at < 0 ? undefined : span.attributes[at + 1];
      return value === undefined ? undefined : String(value);
    };
    const statement = attribute('db.query.text');
    slow.finished({
      kind: statement === undefined ? 'operation' : 'query',
      name: span.name,
      durationMs,
      status: span.status?.code === failed ? 'error' : 'ok',
      errorType: attribute('error.type'),
      traceId: span.traceId,
      spanId: span.spanId,
      statement,
    });
  };
}
