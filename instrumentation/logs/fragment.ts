import type { Context } from '@opentelemetry/api';
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
  const members: [string, string][] = [
    ...(request
      ? [
          ['request_id', JSON.stringify(request.requestId)] as [string, string],
          ['user_id', JSON.stringify(request.userId)] as [string, string],
        ]
      : []),
    ['trace_id', `"${traceId}"`],
    ['span_id', `"${spanId}"`],
  ];
  const join = (some: readonly [string, string][]) =>
    some.map(([name, value]) => `,"${name}":${value}`).join('');
  return {
    text: join(members),
    without: (given) => join(members.filter(([name]) => !given(name))),
  };
}
