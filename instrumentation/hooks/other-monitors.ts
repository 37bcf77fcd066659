import nodeModule from 'node:module';

/** Packages that watch a service as we do: they patch the same libraries, and each can hide what the other patched. */
export const otherMonitors: ReadonlySet<string> = new Set([
  'dd-trace',
  'newrelic',
  'elastic-apm-node',
  '@elastic/opentelemetry-node',
  'appdynamics',
  '@instana/collector',
  '@dynatrace/oneagent',
  'applicationinsights',
  '@azure/monitor-opentelemetry',
  '@splunk/otel',
  '@sentry/node',
  '@sentry/node-core',
  '@opentelemetry/sdk-node',
  '@opentelemetry/auto-instrumentations-node',
]);

/** URLs or paths of what was required before us, with forward slashes. */
export function requiredBefore(): string[] {
  const { _cache } = nodeModule as unknown as { _cache: Record<string, unknown> };
  return Object.keys(_cache).map((path) => path.replaceAll('\\', '/'));
}

/** Where OpenTelemetry's API, of any copy, keeps what was registered with it. */
const registered = Symbol.for('opentelemetry.js.api.1');

/** Whether somebody registered with OpenTelemetry's API already; ask before we do. */
export function isApiTaken(): boolean {
  const taken = Reflect.get(globalThis, registered) as Record<string, unknown> | undefined;
  return Boolean(taken?.trace || taken?.context || taken?.metrics);
}
