import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needsPgvector } from '../../../examples/memory-api/storage/test-pgvector.ts';
import { until } from '../../../examples/memory-api/test-servers.ts';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { hostOf } from '../../../harness/setup/part.ts';
import { cachedPgvector } from '../../../harness/setup/parts/pgvector.ts';
import { Loki } from '../kit/loki.ts';
import { Prometheus } from '../kit/prometheus.ts';
import { fenced, readPage } from '../testing/pages.ts';
import { openPlace } from '../testing/place.ts';
import { type Clone, openClone, typeAll } from '../testing/shell.ts';
import { stackServices, startStack } from '../testing/stack.ts';
import { useService } from '../testing/use.ts';

/* Every command of the other pages, by one shell, against a service that is used and watched. */

const pages = [
  'incident-response.md',
  'alerts.md',
  'error-handling.md',
  'performance.md',
  'troubleshooting.md',
];
const gates = [await needsPgvector(), await needs('redis', ...stackServices)];
const runs = gates.every((it) => it.runs);
const titled = (title: string) => gates.reduce((named, it) => it.titled(named), title);
const limitMs = 300_000;

describe.runIf(runs)(titled('the commands of the runbook'), () => {
  const running = new AsyncDisposableStack();
  let clone: Clone;
  let printed: Map<string, string>;

  beforeAll(async () => {
    const stack = running.use(await startStack());
    const place = running.use(await openPlace({ stack }));
    clone = running.use(await openClone());
    await mkdir(join(clone.folder, 'run'));
    await writeFile(join(clone.folder, 'run/service.log'), 'a line\n');
    await useService(place, 30);
    await until(() => arrived(stack.prometheusUrl, stack.lokiUrl), 60_000);
    const read = await Promise.all(pages.map(readPage));
    const blocks = read.flatMap(({ name, blocks }) => blocks.map((commands) => ({ name, commands })));
    const outputs = await typeAll(
      blocks.map(({ commands }) => commands),
      {
        cwd: clone.folder,
        env: { ...place.env, SEED_COUNT: '50' },
        path: [cachedPgvector(hostOf(process.env))],
        limitMs,
      },
    );
    printed = new Map(outputs.map((text, at) => [`${blocks[at]!.name} ${at}`, text]));
  }, limitMs + 120_000);
  afterAll(() => running.disposeAsync());

  it.each(pages)('%s: none fails, all are typed', async (page) => {
    const texts = [...printed].filter(([name]) => name.startsWith(page));
    expect(texts).toHaveLength(fenced((await readPage(page)).text, 'sh').length);
  });

  // What has nothing to tell while all is well: errors that did not come, what only containers have, slow things.
  const silent =
    /5\.\.|error|slow|throttled|rate_limit|throttl|transitions|dependency_calls|slo_|REQUEST|level="error"/;

  it('are answered with something', () => {
    const asked = [...printed].flatMap(([name, text]) =>
      [...text.matchAll(/^\+ node deploy\/ops\/ask\.ts (?:metrics|lines) .*$/gm)].map((match) => ({
        ...{
          name,
          command: match[0],
          answer: text.slice(match.index + match[0].length).split('\n')[1] ?? '',
        },
      })),
    );
    expect(asked.length).toBeGreaterThan(35);
    for (const { name, command, answer } of asked)
      if (!silent.test(command)) expect(answer, `${name}: ${command}`).not.toMatch(/^nothing$/);
  });

  it.each([
    [
      'the probe is seen',
      'suspicious_activity',
      /event=suspicious_activity outcome=noticed reason=probe in an id/,
    ],
    ['wrong keys are seen', 'auth_attempt', /event=auth_attempt outcome=denied/],
    ['refusals have their codes', 'error_code', /error_code=NOT_FOUND category=not_found severity=low/],
  ])('%s', (_, query, line) => {
    expect([...printed.values()].filter((text) => text.includes(query)).join()).toMatch(line);
  });

  it('leave the evidence', async () => {
    for (const file of ['report.html', 'database.txt', 'lines.txt', 'metrics.txt'])
      expect(await readFile(join(clone.folder, 'evidence', file), 'utf8'), file).toMatch(/memor/);
  });
});

/** Everything that is asked for later: the last request's line, and rates, for which two scrapes are needed. */
async function arrived(prometheusUrl: string, lokiUrl: string): Promise<boolean> {
  const range = { startMs: Date.now() - 600_000, endMs: Date.now() + 1000, limit: 10 };
  const lines = await new Loki(lokiUrl).lines(
    '{service_name="memory-api"} |= "auth_attempt" |= "denied"',
    range,
  );
  const rates = await new Prometheus(prometheusUrl).at(
    'sum(rate(http_requests_total{http_response_status_code="401"}[1m]))',
    Date.now(),
  );
  return lines.length >= 6 && rates.length > 0;
}
