import type { TextMapPropagator } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { idleAgent } from './idle-agent.ts';
import type { Packages } from './packages.ts';
import type { Settings } from './settings.ts';

/**
 * Starts the SDK: spans and metrics go where OTEL_* says, or nowhere when it names no endpoint. Spans are made either
 * way, so that lines carry trace ids. Logs do not go through it, and nothing asks a cloud who it is.
 */
export function startTelemetry(
  packages: Packages,
  settings: Settings,
  instrumentations: Instrumentation[],
  propagator: TextMapPropagator,
): void {
  const { core, resources, sdk, sdkTrace, sdkMetrics, traceExport, metricExport } = packages;
  const { exportTimeoutMs: timeoutMillis, metricIntervalMs: exportIntervalMillis } = settings;
  const sending = { timeoutMillis, httpAgentOptions: idleAgent };
  const readMetrics = () =>
    new sdkMetrics.PeriodicExportingMetricReader({
      exporter: new metricExport.OTLPMetricExporter(sending),
      exportIntervalMillis,
      exportTimeoutMillis: Math.min(timeoutMillis, exportIntervalMillis),
    });
  new sdk.NodeSDK({
    instrumentations,
    resource: resources.defaultResource().merge(
      resources.resourceFromAttributes({
        'service.name': settings.service,
        'service.version': settings.version,
      }),
    ),
    resourceDetectors: [
      resources.envDetector,
      resources.hostDetector,
      resources.processDetector,
      resources.serviceInstanceIdDetector,
    ],
    // No baggage: what a caller sends would be passed on to every host that the service talks to.
    textMapPropagator: new core.CompositePropagator({
      propagators: [new core.W3CTraceContextPropagator(), propagator],
    }),
    logRecordProcessors: [],
    ...(settings.traces
      ? { traceExporter: new traceExport.OTLPTraceExporter(sending) }
      : { spanProcessors: [new sdkTrace.NoopSpanProcessor()] }),
    metricReaders: settings.metrics ? [readMetrics()] : [],
  }).start();
}

/** Sends what the SDK still holds; rejects when that fails. */
export async function flushTelemetry({ api }: Packages): Promise<void> {
  const tracing = api.trace.getTracerProvider() as { getDelegate?(): object };
  const providers = [tracing.getDelegate?.() ?? tracing, api.metrics.getMeterProvider()] as Flushable[];
  await Promise.all(providers.map((provider) => provider.forceFlush?.()));
}

interface Flushable {
  forceFlush?(): Promise<void>;
}
