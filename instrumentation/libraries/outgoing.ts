import { isRequestId, nobody } from '../trace/identity.ts';
import type { OpenSpan } from '../trace/recorder.ts';
import type { CurrentRequest } from '../trace/request.ts';
import { writeTraceparent } from '../trace/traceparent.ts';

/**
 * What a call to elsewhere says: the trace, and who asked. Nothing else that a caller sent is passed on: `baggage` and
 * `tracestate` may hold anything, and the one who is called may be anybody.
 */
export function outgoingHeaders(span: OpenSpan, request: CurrentRequest | undefined): [string, string][] {
  const headers: [string, string][] = [['traceparent', writeTraceparent(span.spanContext())]];
  if (request) headers.push(['x-request-id', request.requestId]);
  if (request && request.userId !== nobody) headers.push(['x-user-id', request.userId]);
  return headers;
}

/**
 * Whether a header is ours to set, `given` being what the service has set. A service that passes on the headers of its
 * caller passes on the caller's trace too, of which the call is no part; and a request id that we replaced.
 */
export function isOurs(name: string, given: unknown): boolean {
  if (given === undefined || name === 'traceparent') return true;
  return name === 'x-request-id' && !isRequestId(given);
}
