import { freePort } from '../stack/free-port.ts';
import { scrape } from '../up/observability.ts';
import type { Stage } from './stage.ts';

/** A page of the target's metrics that the stack's Prometheus reads. Disposing it takes it off its list. */
export interface Page extends AsyncDisposable {
  /** For the target's preload. */
  readonly env: Readonly<Record<string, string>>;
}

/** Undefined when nobody would read it. */
export async function openPage({ order, context }: Stage): Promise<Page | undefined> {
  const runTargets = order.observing?.runTargets;
  const { target, name } = order.loaded.scenario;
  if (runTargets === undefined || !target.preload) return undefined;
  const port = await freePort();
  const scraped = await scrape(runTargets, { job: name, port, undo: context.undo });
  return {
    env: { OTEL_METRICS_EXPORTER: 'otlp,prometheus', OTEL_EXPORTER_PROMETHEUS_PORT: String(port) },
    [Symbol.asyncDispose]: () => scraped[Symbol.asyncDispose](),
  };
}
