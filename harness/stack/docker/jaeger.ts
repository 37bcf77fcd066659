import { jaegerAnswers } from '../ask-jaeger.ts';
import type { Server } from './server.ts';

/** Jaeger 1.x all-in-one, which keeps traces in memory. It does not tell its version: the image's tag does. */
export function jaegerServer(image: string): Server {
  const tag = /:([^:/]+)$/.exec(image)?.[1] ?? 'latest';
  return {
    kind: 'jaeger',
    title: 'Jaeger',
    port: 16686,
    furtherPorts: { query: 16686, otlpHttp: 4318 },
    env: { COLLECTOR_OTLP_ENABLED: 'true', SPAN_STORAGE_TYPE: 'memory' },
    probe: async ({ port, ports }) => {
      await jaegerAnswers(port, ports.otlpHttp!);
      return tag;
    },
  };
}
