import type { Found } from '../../setup/part.ts';
import { jaegerAnswers } from '../ask-jaeger.ts';
import type { Server } from './server.ts';

/** What Jaeger listens on besides, by the flag that moves it away from its well-known port. */
const otherFlags = [
  'admin.http.host-port',
  'collector.grpc-server.host-port',
  'collector.http-server.host-port',
  'collector.otlp.grpc.host-port',
  'http-server.host-port',
  'processor.jaeger-binary.server-host-port',
  'processor.jaeger-compact.server-host-port',
  'processor.zipkin-compact.server-host-port',
  'query.grpc-server.host-port',
] as const;

/**
 * Jaeger 1.x all-in-one, which keeps traces in memory. Its port is that of the query API and its pages.
 *
 * @param flags further ones, of somebody who wants it configured
 */
export function jaegerServer({ path, version }: Found, flags: readonly string[] = []): Server {
  return {
    kind: 'jaeger',
    title: 'Jaeger',
    version,
    portName: 'query',
    furtherPorts: ['otlpHttp'],
    // It need not trace itself.
    env: () => ({ SPAN_STORAGE_TYPE: 'memory', OTEL_TRACES_SAMPLER: 'always_off' }),
    command: ({ port, ports }) => [
      path,
      `--query.http-server.host-port=127.0.0.1:${port}`,
      `--collector.otlp.http.host-port=127.0.0.1:${ports.otlpHttp}`,
      '--collector.otlp.enabled=true',
      ...flags,
      ...otherFlags.map((flag) => `--${flag}=127.0.0.1:0`),
    ],
    probe: ({ port, ports }) => jaegerAnswers(port, ports.otlpHttp!),
    // Its own exporter would hold up the end for seconds; there is nothing on disk that could suffer.
    stop: (child) => child.stop('SIGKILL'),
  };
}
