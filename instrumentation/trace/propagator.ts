import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api';
import { api } from './api.ts';
import { readTraceparent, writeTraceparent } from './traceparent.ts';

/**
 * For those who use OpenTelemetry's API to carry the context themselves (message queues, gRPC): `traceparent` alone.
 * What else a caller sent (`tracestate`, `baggage`) is not passed on to whoever is called.
 */
export const propagator: TextMapPropagator = {
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = api.trace.getSpanContext(context);
    if (span && api.isSpanContextValid(span)) setter.set(carrier, 'traceparent', writeTraceparent(span));
  },
  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const given = getter.get(carrier, 'traceparent');
    const parent = readTraceparent(Array.isArray(given) ? given[0] : given);
    return parent ? api.trace.setSpanContext(context, parent) : context;
  },
  fields: () => ['traceparent'],
};
