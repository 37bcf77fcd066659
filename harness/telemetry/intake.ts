import { join } from 'node:path';
import type { BreakerEntry, TelemetryEntry } from '../journal/entry.ts';
import { Refusal } from './body.ts';
import { breakerSamples, breakerTransition } from './breaker-entries.ts';
import {
  type LogsData,
  logRecordCount,
  type MetricsData,
  metricsOf,
  spansOf,
  type TracesData,
} from './otlp.ts';
import { createDecoder } from './protobuf.ts';
import { openRawFile, type RawFile } from './raw-file.ts';
import type { ReceiverOptions } from './receiver.ts';
import { isServerSpan, spanEntry } from './server-spans.ts';

export type Encoding = 'json' | 'protobuf';
export type Counts = Omit<TelemetryEntry, 'kind' | 'atMs'>;

/** Takes in one body each: nothing of it when it is malformed (Refusal 400), all of it when they resolve. */
export interface Intake extends AsyncDisposable {
  traces(body: Buffer, encoding: Encoding): Promise<void>;
  metrics(body: Buffer, encoding: Encoding): Promise<void>;
  logs(body: Buffer, encoding: Encoding): Promise<void>;
  lokiPush(body: Buffer): Promise<void>;
  encodeError(message: string): Uint8Array;
}

interface LokiPush {
  streams: { values: [nanos: string, line: string][] }[];
}

export function openIntake({ folder, onEntry }: ReceiverOptions, counts: Counts): Intake {
  const files = new AsyncDisposableStack();
  const open = (name: string) => files.use(openRawFile(join(folder, name)));
  const [traces, metrics, logs] = [open('traces.ndjson'), open('metrics.ndjson'), open('logs.ndjson')];
  const decoder = createDecoder();
  return {
    async traces(body, encoding) {
      const data: TracesData = read(body, encoding, decoder.traces);
      const [spans, entries] = understood(() => {
        const all = spansOf(data);
        return [all, all.filter(isServerSpan).map(spanEntry)] as const;
      });
      await keep(traces, body, encoding, data);
      counts.spans += spans.length;
      counts.serverSpans += entries.length;
      entries.forEach(onEntry);
    },
    async metrics(body, encoding) {
      const data: MetricsData = read(body, encoding, decoder.metrics);
      const [pointCount, entries] = understood(() => {
        const all = metricsOf(data);
        return [countPoints(all), breakerSamples(all)] as const;
      });
      await keep(metrics, body, encoding, data);
      counts.metricPoints += pointCount;
      entries.forEach(onEntry);
    },
    async logs(body, encoding) {
      const data: LogsData = read(body, encoding, decoder.logs);
      const lineCount = understood(() => logRecordCount(data));
      await keep(logs, body, encoding, data);
      counts.logLines += lineCount;
    },
    async lokiPush(body) {
      const data = read<LokiPush>(body, 'json');
      const [lineCount, entries] = understood(() => readPush(data));
      await keep(logs, body, 'json', data);
      counts.logLines += lineCount;
      entries.forEach(onEntry);
    },
    encodeError: decoder.encodeError,
    [Symbol.asyncDispose]: () => files.disposeAsync(),
  };
}

function read<T extends object>(body: Buffer, encoding: Encoding, decode?: (body: Buffer) => T): T {
  return understood(() => {
    const data = encoding === 'protobuf' && decode ? decode(body) : JSON.parse(body.toString());
    if (typeof data !== 'object' || data === null || Array.isArray(data))
      throw new TypeError('not an object');
    return data;
  });
}

/** Whatever goes wrong while a body is looked through is the sender's mistake. */
function understood<T>(look: () => T): T {
  try {
    return look();
  } catch (error) {
    throw new Refusal(400, `The body cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

function keep(file: RawFile, body: Buffer, encoding: Encoding, data: object): Promise<void> {
  return file.append(encoding === 'json' ? body : Buffer.from(JSON.stringify(data)));
}

function countPoints(metrics: ReturnType<typeof metricsOf>): number {
  return metrics
    .flatMap(({ gauge, sum, histogram, exponentialHistogram, summary }) =>
      [gauge, sum, histogram, exponentialHistogram, summary].map((kind) => kind?.dataPoints?.length ?? 0),
    )
    .reduce((total, count) => total + count, 0);
}

function readPush({ streams }: LokiPush): [lineCount: number, entries: BreakerEntry[]] {
  const lines = streams.flatMap(({ values }) => values);
  const entries = lines.map(([nanos, line]) => breakerTransition(nanos, line));
  return [lines.length, entries.filter((entry) => entry !== undefined)];
}
