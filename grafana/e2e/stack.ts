import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findAllParts } from '../../harness/setup/find-parts.ts';
import { startContext } from '../../harness/stack/fixtures/start-context.ts';
import { toldUndo } from '../../harness/undo/fixtures/told-undo.ts';
import { scrape, startObservability } from '../../harness/up/observability.ts';

export const services = ['prometheus', 'loki', 'jaeger'] as const;

/** Of a target that Prometheus is told of while it runs: prometheus.yml. */
export const scrapeIntervalS = 1;

/** Where everything is that panels and their links ask. */
export interface Stack extends AsyncDisposable {
  readonly prometheusUrl: string;
  readonly lokiUrl: string;
  readonly jaegerUrl: string;
  /** Where traces go. */
  readonly tracesUrl: string;
  /** Where the service has its page for Prometheus, which reads it under the job `memory-api`. */
  readonly pagePort: number;
}

export async function startStack(): Promise<Stack> {
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'grafana-panels-'));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const parts = await findAllParts(process.env);
  const undo = toldUndo();
  const context = startContext(folder, undo);
  const observability = starting.use(await startObservability({ parts, services, context }));
  const pagePort = observability.ports.metrics;
  starting.use(await scrape(observability.runTargets!, { job: 'memory-api', port: pagePort, undo }));
  const running = starting.move();
  return {
    prometheusUrl: observability.url('prometheus'),
    lokiUrl: observability.url('loki'),
    jaegerUrl: observability.url('jaeger'),
    tracesUrl: `${observability.url('otlp')}/v1/traces`,
    pagePort,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
