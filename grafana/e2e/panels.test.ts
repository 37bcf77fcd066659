import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../examples/memory-api/test-servers.ts';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { type PanelJson, readDashboards, type TargetJson } from '../testing/read-dashboards.ts';
import { ask } from './ask.ts';
import { fillIn, type View } from './fill-in.ts';
import { startWatched } from './memory-api.ts';
import { goThroughOutages } from './outages.ts';
import { type Stack, scrapeIntervalS, services, startStack } from './stack.ts';
import { tellRun } from './tell-run.ts';

/* What Grafana would ask for every panel is asked of Prometheus and Loki, after outages of everything. */

const { runs, titled } = await needs('postgres', 'redis', ...services);
const dashboards = await readDashboards();

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

  it('an exemplar names a trace that Jaeger has, and of which there are lines', async () => {
    const series = (await get('/api/v1/query_exemplars', {
      query: 'http_server_request_duration_seconds_bucket{job="memory-api"}',
      start: `${view.fromMs / 1000}`,
      end: `${view.toMs / 1000}`,
    })) as { exemplars: { labels: { trace_id: string } }[] }[];
    const { trace_id } = series.at(-1)!.exemplars.at(-1)!.labels;
    expect((await fetch(`${stack.jaegerUrl}/api/traces/${trace_id}`)).status).toBe(200);
    expect(await linesWith(trace_id)).toBeGreaterThan(0);
  });
});

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

async function linesWith(text: string): Promise<number> {
  const query = `sum(count_over_time({service_name="memory-api"} |= "${text}" [10m]))`;
  const response = await fetch(`${stack.lokiUrl}/loki/api/v1/query?${new URLSearchParams({ query })}`);
  const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
  return Number(data.result[0]?.value[1] ?? 0);
}
