import { isDeepStrictEqual } from 'node:util';
import { type Account, type Accounts, isSettled, readAccounts } from '../testing/account.ts';
import type { Sink } from '../testing/sink.ts';
import { until } from '../testing/until.ts';

const items = 'ordeal.telemetry.items';

/** What the preload last said of a signal: `produced = delivered + dropped` once nothing waits. */
export function accountOf(sink: Sink, signal: 'traces' | 'metrics' | 'logs'): Account {
  const last = { produced: 0, delivered: 0, dropped: 0 };
  for (const { metric, attributes, value } of sink.points)
    if (metric === items && attributes.signal === signal)
      last[attributes.outcome as keyof typeof last] = value ?? 0;
  return last;
}

/** Environment that serves the page of metrics beside whatever is sent. */
export function pageAt(port: number): Record<string, string> {
  return { OTEL_METRICS_EXPORTER: 'otlp,prometheus', OTEL_EXPORTER_PROMETHEUS_PORT: `${port}` };
}

/** How many items of each signal a receiver has. */
export interface Arrived {
  readonly traces: number;
  readonly metrics: number;
  readonly logs: number;
}

/**
 * The accounts at a moment at which nothing waited and nothing was under way, for all signals at once, and what had arrived
 * at `sink` then. Metrics are recorded all the time, so that the moment is looked for. @throws Error when none comes.
 */
export async function settledAccounts(
  pagePort: number,
  sink: Sink,
  isAll: (accounts: Accounts) => boolean = () => true,
): Promise<{ accounts: Accounts; arrived: Arrived }> {
  let accounts: Accounts | undefined;
  const look = async () => {
    accounts = await readAccounts(pagePort);
    const { spans, points, lines } = sink;
    const arrived = { traces: spans.length, metrics: points.length, logs: lines.length };
    const still = isDeepStrictEqual(await readAccounts(pagePort), accounts);
    return still && isSettled(accounts) && isAll(accounts) && { accounts, arrived };
  };
  try {
    return await until('everything to be accounted for', look, 30_000);
  } catch (error) {
    throw new Error(`produced is not delivered + dropped: ${JSON.stringify(accounts)}`, { cause: error });
  }
}
