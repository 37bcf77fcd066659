import type { Published, Server } from './server.ts';

/** Jaeger 1.x all-in-one, which keeps traces in memory. It does not tell its version: the image's tag does. */
export function jaegerServer(image: string): Server {
  const tag = /:([^:/]+)$/.exec(image)?.[1] ?? 'latest';
  return {
    kind: 'jaeger',
    title: 'Jaeger',
    port: 16686,
    furtherPorts: { query: 16686, otlpHttp: 4318 },
    env: { COLLECTOR_OTLP_ENABLED: 'true', SPAN_STORAGE_TYPE: 'memory' },
    probe: async (published) => {
      await probe(published);
      return tag;
    },
  };
}

/** The query API is the last thing to come up, OTLP an instant before or after it. */
async function probe({ port, ports }: Published): Promise<void> {
  const signal = AbortSignal.timeout(1_000);
  const answers = await Promise.all([
    fetch(`http://127.0.0.1:${port}/api/services`, { signal }),
    fetch(`http://127.0.0.1:${ports.otlpHttp}/v1/traces`, { method: 'POST', signal, body: '' }),
  ]);
  await Promise.all(answers.map((answer) => answer.body?.cancel()));
  if (!answers[0].ok) throw new Error(`the query API answered ${answers[0].status}`);
}
