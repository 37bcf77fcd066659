import { join } from 'node:path';
import { startAround, type TestAround } from '../../examples/memory-api/test-around.ts';
import { startScript, startService, type TestService } from '../../examples/memory-api/test-process.ts';
import { until } from '../../examples/memory-api/test-servers.ts';
import { preloadUrl } from '../../harness/stack/target.ts';
import { startEmbeddings } from './embeddings.ts';
import type { Stack } from './stack.ts';

const mappingFile = join(import.meta.dirname, '../../examples/memory-api/metrics.json');

/** The memory API under the preload, over real dependencies that can be taken away. */
export interface Watched extends AsyncDisposable {
  readonly service: TestService;
  readonly around: TestAround;
  readonly pageUrl: string;
  /** The provider of embeddings ends. */
  endEmbeddings(): Promise<void>;
}

export async function startWatched(stack: Stack): Promise<Watched> {
  await using starting = new AsyncDisposableStack();
  const around = starting.use(await startAround());
  const embeddings = starting.use(await startEmbeddings());
  const settings = { ...around.settings, EMBEDDINGS_URL: `${embeddings.url}/v1` };
  await seed(settings);
  const service = starting.use(await startService({ ...settings, ...hasty, ...telemetry(stack) }));
  const pageUrl = `http://127.0.0.1:${stack.pagePort}/metrics`;
  await until(async () => (await fetch(pageUrl)).ok);
  const running = starting.move();
  return {
    ...{ service, around, pageUrl },
    endEmbeddings: async () => embeddings[Symbol.asyncDispose](),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Memories are counted at the start and then every five minutes: there should be some. */
async function seed(settings: Record<string, string>): Promise<void> {
  await using seeding = startScript('seed.ts', { ...settings, SEED_COUNT: '60' });
  const [code] = await seeding.exited;
  if (code !== 0) throw new Error(`seed.ts ended with ${code}:\n${seeding.output()}`);
}

/** So that what takes minutes in production is seen in seconds. */
const hasty = {
  BREAKER_RESET_MS: '1000',
  HEALTH_INTERVAL_MS: '2000',
  RATE_LIMIT_WINDOW_S: '5',
  RATE_LIMIT_PER_USER: '100',
  RETRY_BASE_MS: '20',
};

function telemetry({ lokiUrl, tracesUrl, pagePort }: Stack): Record<string, string> {
  return {
    NODE_OPTIONS: `--import=${preloadUrl()}`,
    OTEL_SERVICE_NAME: 'memory-api',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: tracesUrl,
    OTEL_METRICS_EXPORTER: 'prometheus',
    OTEL_EXPORTER_PROMETHEUS_PORT: `${pagePort}`,
    ORDEAL_LOKI_URL: lokiUrl,
    ORDEAL_METRICS_FILE: mappingFile,
    // A hundredth of the usual limit: a short load on a machine that is not busy has nothing slow else.
    ORDEAL_SLOW_MS: '10',
    ORDEAL_SLOW_QUERY_MS: '10',
  };
}
