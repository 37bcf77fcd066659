import type { Context } from '@opentelemetry/api';
import { nobody } from '../trace/identity.ts';
import { requestIn } from '../trace/request.ts';
import { type Fragment, RecordedSpan } from '../trace/span.ts';
import { spanKey } from '../trace/tracing.ts';

/** Made once for each span: a request often writes several lines. */
export function fragmentOf(context: Context): Fragment | undefined {
  const span = context.getValue(spanKey);
  if (!(span instanceof RecordedSpan)) return undefined;
  span.inLines ??= makeFragment(context, span);
  return span.inLines;
}

function makeFragment(context: Context, { traceId, spanId }: RecordedSpan): Fragment {
  const request = requestIn(context);
  // A request id has nothing in it that JSON would escape; a user id may.
  const user = request && (request.userId === nobody ? `"${nobody}"` : JSON.stringify(request.userId));
  const trace = `,"trace_id":"${traceId}","span_id":"${spanId}"`;
  return {
    text: request ? `,"request_id":"${request.requestId}","user_id":${user}${trace}` : trace,
    without(given) {
      const members = {
        request_id: request && `"${request.requestId}"`,
        user_id: user,
        trace_id: `"${traceId}"`,
      };
      return Object.entries({ ...members, span_id: `"${spanId}"` })
        .filter(([name, value]) => value !== undefined && !given(name))
        .map(([name, value]) => `,"${name}":${value}`)
        .join('');
    },
  };
}
