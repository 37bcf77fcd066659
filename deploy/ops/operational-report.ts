import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { script, span, start, UsageError } from './kit/script.ts';
import { addressesHelp, readAddresses } from './kit/settings.ts';
import { collect } from './operational-report/collect.ts';
import { renderMarkdown } from './operational-report/markdown.ts';
import { renderHtml } from './operational-report/page.ts';
import { Sources } from './operational-report/sources.ts';
import { windowOf } from './operational-report/window.ts';

interface Options {
  last: number;
  until?: number;
  out?: string;
  format: keyof typeof renderers;
  job: string;
}

const renderers = {
  html: renderHtml,
  markdown: renderMarkdown,
  json: (report: unknown) => `${JSON.stringify(report, undefined, 2)}\n`,
} as const;

await start(
  script({
    name: 'operational-report',
    about: 'A page about a day or a week: traffic, promises, errors, slow operations, cache, capacity.',
    failed: 'Prometheus or Loki did not answer; the report is there, and says what it lacks',
    more: addressesHelp,
  })
    .option('--last <span>', 'how long: 1d, 1w', span, 86_400_000)
    .option('--until <time>', 'its end, such as 2026-11-21T06:00:00Z; now when not given', time)
    .option('--out <file>', 'written whole or not at all; stdout when not given')
    .addOption(new Option('--format <format>').choices(Object.keys(renderers)).default('html'))
    .option('--job <name>', 'of the service in Prometheus, and its name in Loki', 'memory-api')
    .action(async ({ last, until, out, format, job }: Options) => {
      const nowMs = Date.now();
      const addresses = readAddresses();
      if (out !== undefined) await refuseNowhere(out);
      const sources = new Sources(addresses);
      const report = await collect(sources, { job, window: windowOf(until ?? nowMs, last), nowMs });
      const text = renderers[format](report);
      if (out === undefined) process.stdout.write(text);
      else await writeWhole(out, text);
      if (report.missing.length > 0)
        throw new Error(`the report lacks something:\n${report.missing.join('\n')}`);
    }),
);

/** @throws InvalidArgumentError, which commander tells */
function time(text: string): number {
  const atMs = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(atMs)) return atMs;
  throw new InvalidArgumentError('Expected a time such as 2026-11-21T06:00:00Z.');
}

/** Before minutes of asking, not after. */
async function refuseNowhere(file: string): Promise<void> {
  const folder = await stat(dirname(file)).catch(() => undefined);
  if (!folder?.isDirectory()) throw new UsageError(`--out ${file}: there is no folder ${dirname(file)}`);
}

async function writeWhole(file: string, text: string): Promise<void> {
  const partial = `${file}.${process.pid}.partial`;
  try {
    await writeFile(partial, text);
    await rename(partial, file);
  } finally {
    await rm(partial, { force: true });
  }
}
