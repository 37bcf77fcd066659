import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../examples/memory-api/test-servers.ts';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { sources } from '../kit/sources.ts';
import { type PanelJson, readDashboards, type TargetJson } from '../testing/read-dashboards.ts';
import { readLinks } from '../testing/read-links.ts';
import { ask, askLines } from './ask.ts';
import { fillIn, type View } from './fill-in.ts';
import { startWatched } from './memory-api.ts';
import { goThroughOutages } from './outages.ts';
import { type Stack, scrapeIntervalS, services, startStack } from './stack.ts';
import { tellRun } from './tell-run.ts';

/* What Grafana would ask for every panel is asked of Prometheus and Loki, after outages of everything. */

const { runs, titled } = await needs('postgres', 'redis', ...services);
const dashboards = await readDashboards();
const links = await readLinks();

const stopping = new AsyncDisposableStack();
let stack: Stack;
let view: View;

beforeAll(async () => {
  if (!runs) return;
  const fromMs = Date.now();
  stack = stopping.use(await startStack());
  const watched = stopping.use(await startWatched(stack));
  const requests = await goThroughOutages(watched, async (query) => (await numbers(query)).length > 0);
  await tellRun(stack.lokiUrl);
  await until(async () => (await linesWith('request completed')) >= requests, 20_000);
  const chosen = { service: 'memory-api', route: '.*' };
  view = { fromMs, toMs: Date.now() + 1000, stepS: scrapeIntervalS, scrapeIntervalS, chosen };
}, 240_000);
afterAll(() => stopping.disposeAsync());

describe.runIf(runs)(titled('after outages of Redis, PostgreSQL and the provider of embeddings'), () => {
  describe.each(dashboards.map((dashboard) => [dashboard.title, dashboard] as const))(
    '%s',
    (title, dashboard) => {
      it.each(dashboard.panels.map((panel) => [panel.title, panel] as const))(
        '%s',
        async (question, panel) => {
          for (const target of panel.targets) {
            const { query, points, labels } = await ask(withoutStandIn(target), stack, view);
            const nothing = `${title}, "${question}": there is nothing to draw of ${query}`;
            expect(points, nothing).toBeGreaterThan(0);
            expect([...labels], query).toEqual(expect.arrayContaining(shownLabels(panel, target)));
          }
        },
      );

      it('marks runs and their faults', async () => {
        const [runs] = dashboard.annotations.list;
        const marks: TargetJson = { ...runs!, refId: 'A', queryType: 'range' };
        expect((await ask(marks, stack, view)).points).toBe(4);
      });

      it.each((dashboard.templating.list ?? []).map(({ name, query }) => [name, query] as const))(
        'offers every %s',
        async (name, query) => {
          const [, metric, label] = /^label_values\((.*), (\w+)\)$/.exec(fillIn(query, view))!;
          const values = await get(`/api/v1/label/${label}/values`, { 'match[]': metric! });
          expect(values).toContain(name === 'service' ? 'memory-api' : '/api/v1/memories/:id');
        },
      );
    },
  );

  it.each(dashboards.filter(({ templating }) => templating.list?.some(({ name }) => name === 'route')))(
    '$title has something of the routes that are chosen, as of all',
    async ({ panels }) => {
      const chosen = { ...view.chosen, route: '(/api/v1/memories|/api/v1/memories/:id)' };
      const targets = panels.flatMap(({ targets }) => targets).filter(({ expr }) => expr.includes('$route'));
      for (const target of targets) {
        const { query, points } = await ask(withoutStandIn(target), stack, { ...view, chosen });
        expect(points, `there is nothing to draw of ${query}`).toBeGreaterThan(0);
      }
    },
  );

  describe('from one thing to the next', () => {
    const dots = dashboards.flatMap(({ title, panels }) =>
      panels.flatMap((panel) =>
        panel.targets.flatMap(({ expr, exemplar }) =>
          exemplar ? [[title, panel.title, expr] as const] : [],
        ),
      ),
    );

    it.each(dots)('%s, "%s": a dot leads to its trace', async (_title, _question, expr) => {
      const { name } = links.fromExemplar;
      const traceId = (await exemplars(fillIn(expr, view))).at(-1)?.[name];
      expect(traceId, `no exemplar of ${expr} has the label ${name}`).toMatch(anyTraceId);
      expect(await operationsOf(traceId!)).not.toEqual([]);
    });

    it('a line leads to its trace', async () => {
      const { matcherType, matcherRegex, url } = links.fromLine;
      expect([matcherType, url]).toEqual(['regex', `\${__value.raw}`]);
      const lines = await askLines('{service_name="memory-api"} |= "request completed"', stack, view);
      const traceId = new RegExp(matcherRegex).exec(lines[0]!)?.[1];
      expect(traceId, `${matcherRegex} finds nothing in ${lines[0]}`).toMatch(anyTraceId);
      expect(await operationsOf(traceId!)).toContainEqual(expect.stringContaining('/api/v1/memories'));
    });

    it('a trace leads to its lines, from Grafana and from Jaeger', async () => {
      const traceId = await traceOf('GET /api/v1/memories');
      const { customQuery, query } = links.fromTrace;
      expect(customQuery).toBe(true);
      const { type, url } = links.fromJaeger;
      expect(type).toBe('traces');
      const panes = JSON.parse(new URL(url.replace('#{traceID}', traceId)).searchParams.get('panes')!);
      expect(panes.logs).toMatchObject({
        datasource: sources.loki.uid,
        range: { from: 'now-1h', to: 'now' },
      });
      for (const asked of [query.replace(`\${__span.traceId}`, traceId), panes.logs.queries[0].expr]) {
        const lines = await askLines(asked, stack, view);
        expect(lines, asked).toContainEqual(expect.stringContaining('request completed'));
        for (const line of lines) expect(line).toContain(`"trace_id":"${traceId}"`);
      }
    });
  });
});

const anyTraceId = /^[0-9a-f]{32}$/;

/** Those that a legend names, or the columns of a table. */
function shownLabels({ transformations = [] }: PanelJson, { legendFormat = '' }: TargetJson): string[] {
  const inLegend = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
  const columns = transformations.flatMap(({ options }) => Object.keys(options.includeByName ?? {}));
  return [...inLegend, ...columns.filter((column) => column !== 'Time')];
}

/** What stands in for what never happened would hide a query that finds nothing: here everything has happened. */
function withoutStandIn({ expr, ...target }: TargetJson): TargetJson {
  return { ...target, expr: expr.replaceAll(/ or vector\(\d\)/g, '') };
}

async function numbers(query: string): Promise<unknown[]> {
  return ((await get('/api/v1/query', { query })) as { result: unknown[] }).result;
}

/** Of Prometheus. */
async function get(path: string, parameters: Record<string, string>): Promise<unknown> {
  const response = await fetch(`${stack.prometheusUrl}${path}?${new URLSearchParams(parameters)}`);
  const { data, error } = (await response.json()) as { data?: unknown; error?: string };
  if (error !== undefined) throw new Error(`${path} ${JSON.stringify(parameters)}: ${error}`);
  return data;
}

/** Labels of the single requests that Prometheus has kept of what is asked for. */
async function exemplars(query: string): Promise<Record<string, string>[]> {
  const time = { start: `${view.fromMs / 1000}`, end: `${view.toMs / 1000}` };
  const series = await get('/api/v1/query_exemplars', { query, ...time });
  return (series as { exemplars: { labels: Record<string, string> }[] }[]).flatMap((it) =>
    it.exemplars.map(({ labels }) => labels),
  );
}

interface Trace {
  traceID: string;
  spans: { operationName: string }[];
}

/** What was done in a trace. @throws Error when Jaeger does not have it */
async function operationsOf(traceId: string): Promise<string[]> {
  const [trace] = await traces(`/${traceId}`);
  return trace!.spans.map(({ operationName }) => operationName);
}

/** The id of a trace in which this was done. */
async function traceOf(operation: string): Promise<string> {
  const [trace] = await traces(`?${new URLSearchParams({ service: 'memory-api', operation, limit: '1' })}`);
  return trace!.traceID;
}

async function traces(asked: string): Promise<Trace[]> {
  const response = await fetch(`${stack.jaegerUrl}/api/traces${asked}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`Jaeger answered ${response.status} to ${asked}: ${text}`);
  return (JSON.parse(text) as { data: Trace[] }).data;
}

async function linesWith(text: string): Promise<number> {
  const query = `sum(count_over_time({service_name="memory-api"} |= "${text}" [10m]))`;
  const response = await fetch(`${stack.lokiUrl}/loki/api/v1/query?${new URLSearchParams({ query })}`);
  const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
  return Number(data.result[0]?.value[1] ?? 0);
}
