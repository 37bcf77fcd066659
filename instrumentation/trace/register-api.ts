import { ApiMeters } from '../metrics/api-meters.ts';
import type { Registry } from '../metrics/registry.ts';
import { api } from './api.ts';
import { propagator } from './propagator.ts';
import type { Tracing } from './tracing.ts';

/** Makes what is ours the thing that every copy of OpenTelemetry's API finds. What was there before stays. */
export function registerApi(tracing: Tracing, registry: Registry, tell: (text: string) => void): void {
  api.context.setGlobalContextManager(tracing.contexts);
  api.trace.setGlobalTracerProvider(tracing);
  api.propagation.setGlobalPropagator(propagator);
  api.metrics.setGlobalMeterProvider(new ApiMeters(registry, tell));
}
