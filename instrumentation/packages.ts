import { createRequire } from 'node:module';
import type { Encoding } from './settings.ts';

/**
 * OpenTelemetry, loaded the way CommonJS is: an SDK that came through `import` would itself be loaded by hooks that
 * are not there yet, and patches `http` in a form that leaves ESM services without spans.
 */
export function loadPackages(encoding: Encoding) {
  const require = createRequire(import.meta.url);
  return {
    api: require('@opentelemetry/api') as typeof import('@opentelemetry/api'),
    core: require('@opentelemetry/core') as typeof import('@opentelemetry/core'),
    resources: require('@opentelemetry/resources') as typeof import('@opentelemetry/resources'),
    sdk: require('@opentelemetry/sdk-node') as typeof import('@opentelemetry/sdk-node'),
    sdkTrace: require('@opentelemetry/sdk-trace') as typeof import('@opentelemetry/sdk-trace'),
    sdkMetrics: require('@opentelemetry/sdk-metrics') as typeof import('@opentelemetry/sdk-metrics'),
    traceExport: require(
      `@opentelemetry/exporter-trace-otlp-${encoding === 'json' ? 'http' : 'proto'}`,
    ) as typeof import('@opentelemetry/exporter-trace-otlp-http'),
    metricExport: require(
      `@opentelemetry/exporter-metrics-otlp-${encoding === 'json' ? 'http' : 'proto'}`,
    ) as typeof import('@opentelemetry/exporter-metrics-otlp-http'),
    base: require('@opentelemetry/instrumentation') as typeof import('@opentelemetry/instrumentation'),
    http: require('@opentelemetry/instrumentation-http') as typeof import('@opentelemetry/instrumentation-http'),
    pg: require('@opentelemetry/instrumentation-pg') as typeof import('@opentelemetry/instrumentation-pg'),
    ioredis:
      require('@opentelemetry/instrumentation-ioredis') as typeof import('@opentelemetry/instrumentation-ioredis'),
    undici:
      require('@opentelemetry/instrumentation-undici') as typeof import('@opentelemetry/instrumentation-undici'),
    pino: require('@opentelemetry/instrumentation-pino') as typeof import('@opentelemetry/instrumentation-pino'),
  };
}

export type Packages = ReturnType<typeof loadPackages>;
