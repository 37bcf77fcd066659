import type { Found } from '../../setup/part.ts';
import type { Running, Server } from './server.ts';

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

/** Jaeger 1.x all-in-one, which keeps traces in memory. Its port is that of the query API. */
export function jaegerServer({ path, version }: Found): Server {
  return {
    kind: 'jaeger',
    title: 'Jaeger',
    version,
    furtherPorts: ['otlpHttp'],
    env: { SPAN_STORAGE_TYPE: 'memory' },
    command: ({ port, ports }) => [
      path,
      `--query.http-server.host-port=127.0.0.1:${port}`,
      `--collector.otlp.http.host-port=127.0.0.1:${ports.otlpHttp}`,
      '--collector.otlp.enabled=true',
      ...otherFlags.map((flag) => `--${flag}=127.0.0.1:0`),
    ],
    probe,
    stop: (child) => child.stop('SIGTERM', 3_000),
  };
}

/** The query API is the last thing to come up, OTLP an instant before or after it. */
async function probe({ port, ports }: Running): Promise<void> {
  const signal = AbortSignal.timeout(1_000);
  const answers = await Promise.all([
    fetch(`http://127.0.0.1:${port}/api/services`, { signal }),
    fetch(`http://127.0.0.1:${ports.otlpHttp}/v1/traces`, { method: 'POST', signal, body: '' }),
  ]);
  await Promise.all(answers.map((answer) => answer.body?.cancel()));
  if (!answers[0].ok) throw new Error(`the query API answered ${answers[0].status}`);
}
