import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findAllParts } from '../../../harness/setup/find-parts.ts';
import { startContext } from '../../../harness/stack/fixtures/start-context.ts';
import { toldUndo } from '../../../harness/undo/fixtures/told-undo.ts';
import { scrape, startObservability } from '../../../harness/up/observability.ts';

export const stackServices = ['prometheus', 'loki'] as const;

/** Who watches: from the files of deploy/. */
export interface Stack extends AsyncDisposable {
  prometheusUrl: string;
  lokiUrl: string;
  /** Where the service has to have its page; it is read each second. */
  metricsPort: number;
}

export async function startStack(): Promise<Stack> {
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'ops-stack-'));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const parts = await findAllParts(process.env);
  const undo = toldUndo();
  const context = startContext(folder, undo);
  const running = starting.use(await startObservability({ parts, services: stackServices, context }));
  const metricsPort = running.ports.metrics;
  starting.use(await scrape(running.runTargets!, { job: 'memory-api', port: metricsPort, undo }));
  const owned = starting.move();
  return {
    ...{ prometheusUrl: running.url('prometheus'), lokiUrl: running.url('loki'), metricsPort },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
