import { setTimeout } from 'node:timers/promises';
import { Argument } from 'commander';
import { whole } from '../../examples/memory-api/admin/options.ts';
import { printable, table } from '../../examples/memory-api/admin/output.ts';
import { activeAlerts } from './kit/alerts.ts';
import { lineText } from './kit/line-text.ts';
import { Loki } from './kit/loki.ts';
import { Prometheus } from './kit/prometheus.ts';
import { script, span, start, UsageError } from './kit/script.ts';
import { addressesHelp, readAddresses } from './kit/settings.ts';

interface Options {
  last: number;
  limit: number;
  wait: number;
}

const pauseMs = 500;

const asking: Record<string, (query: string | undefined, options: Options) => Promise<string[]>> = {
  metrics: metricLines,
  lines: logLines,
  alerts: alertLines,
};

await start(
  script({
    name: 'ask',
    about: 'Asks Prometheus for a number, Loki for lines, or Prometheus which alerts there are.',
    failed: 'it was not understood, or nobody answers',
    more: `  ask.ts metrics 'sum by (http_route) (rate(http_requests_total[5m]))'
  ask.ts lines '{service_name="memory-api", level="error"}' --last 1h
  ask.ts alerts
${addressesHelp}`,
  })
    .addArgument(new Argument('<what>').choices(Object.keys(asking)))
    .argument('[query]', 'PromQL for metrics, LogQL for lines, part of the name for alerts')
    .option('--last <span>', 'lines of this time', span, 3_600_000)
    .option('--limit <n>', 'so many lines or series', whole(1), 20)
    .option('--wait <span>', 'asks again for so long while there is nothing', span, 0)
    .action(async (what: string, query: string | undefined, options: Options) => {
      const untilMs = performance.now() + options.wait;
      let lines = await asking[what]!(query, options);
      while (lines.length === 0 && performance.now() < untilMs) {
        await setTimeout(pauseMs);
        lines = await asking[what]!(query, options);
      }
      process.stdout.write(`${lines.length > 0 ? lines.join('\n') : 'nothing'}\n`);
    }),
);

async function metricLines(query: string | undefined, { limit }: Options): Promise<string[]> {
  if (query === undefined) throw new UsageError('expected a query in PromQL');
  const samples = await new Prometheus(readAddresses().prometheus).at(query, Date.now());
  const sorted = samples.sort((a, b) => b.value - a.value).slice(0, limit);
  return sorted.length === 0
    ? []
    : table(
        ['VALUE', 'OF'],
        sorted.map(({ labels, value }) => [short(value), of(labels)]),
      );
}

async function logLines(query: string | undefined, { last, limit }: Options): Promise<string[]> {
  if (query === undefined) throw new UsageError('expected a query in LogQL');
  const range = { startMs: Date.now() - last, endMs: Date.now() + 1000, limit };
  return (await new Loki(readAddresses().loki).lines(query, range)).map(lineText);
}

async function alertLines(part = ''): Promise<string[]> {
  const alerts = await activeAlerts(readAddresses());
  const rows = alerts
    .filter(({ name }) => name.includes(part))
    .map(({ name, severity, state, sinceMs, summary }) => {
      const since = new Date(sinceMs).toISOString().slice(0, 19).replace('T', ' ');
      return [state, severity, since, name, summary];
    });
  return rows.length === 0 ? [] : table(['STATE', 'SEVERITY', 'SINCE', 'ALERT', ''], rows);
}

/** `job="memory-api"` and the like are the same everywhere. */
function of(labels: Readonly<Record<string, string>>): string {
  const told = Object.entries(labels).filter(
    ([name]) => name !== '__name__' && name !== 'job' && name !== 'instance',
  );
  const name = labels.__name__ ?? '';
  return printable(`${name} ${told.map(([label, value]) => `${label}=${value}`).join(' ')}`.trim()) || '-';
}

function short(value: number): number | string {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : String(value);
}
