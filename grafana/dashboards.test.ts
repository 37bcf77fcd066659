import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { least } from '../bench/memory-api/musts.ts';
import { readConfig } from '../examples/memory-api/config.ts';
import outage from '../scenarios/redis-outage/scenario.ts';
import { dashboards, fileOf, jsonOf } from './dashboards.ts';
import { limits } from './kit/limits.ts';
import { toTrace } from './kit/links.ts';
import { sources } from './kit/sources.ts';
import { knownMetrics } from './testing/known-metrics.ts';
import { type PanelJson, readDashboards, type TargetJson } from './testing/read-dashboards.ts';
import { readLinks } from './testing/read-links.ts';

const read = await readDashboards();
const panels = read.flatMap((dashboard) => dashboard.panels.map((panel) => ({ dashboard, panel })));
const named = panels.map(
  ({ dashboard, panel }) => [`${dashboard.title}: ${panel.title}`, panel, dashboard] as const,
);

describe('the JSON', () => {
  it.each(dashboards.map((dashboard) => [fileOf(dashboard), jsonOf(dashboard)] as const))(
    '%s is what the code builds (else run: node grafana/build.ts)',
    async (file, json) => {
      expect(await readFile(join(import.meta.dirname, file), 'utf8')).toBe(json);
    },
  );

  it('is of no other dashboard', async () => {
    const files = await readdir(join(import.meta.dirname, 'dashboards'));
    expect(files.map((file) => `dashboards/${file}`).toSorted()).toEqual(dashboards.map(fileOf).toSorted());
  });

  it('has eight dashboards, each with a uid and a title of its own', () => {
    expect(read.map(({ uid }) => uid).toSorted()).toEqual([
      'ordeal-cache-and-breaker',
      'ordeal-dependencies',
      'ordeal-errors',
      'ordeal-logs',
      'ordeal-memories',
      'ordeal-process',
      'ordeal-runs',
      'ordeal-service',
    ]);
    expect(new Set(read.map(({ title }) => title)).size).toBe(8);
  });
});

describe.each(read.map((dashboard) => [dashboard.title, dashboard] as const))('%s', (_, dashboard) => {
  it('numbers its panels, each once', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => id > 0)).toBe(true);
  });

  it('has its panels within the grid, none on another, and no row with a gap', () => {
    const taken = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      const { x, y, w, h } = gridPos;
      expect(x + w, title).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column += 1)
        for (let line = y; line < y + h; line += 1) {
          expect(taken, title).not.toContain(`${column},${line}`);
          taken.add(`${column},${line}`);
        }
    }
    const lines = Math.max(...dashboard.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
    expect(taken.size).toBe(24 * lines);
  });

  it('uses the variables that it has, and has none that it does not use', () => {
    const text = JSON.stringify([dashboard.panels, dashboard.templating.list?.map(({ query }) => query)]);
    const used = [...text.matchAll(/\$\{?([a-z]\w*)/g)].map(([, name]) => name!);
    expect(new Set(used)).toEqual(new Set(dashboard.templating.list?.map(({ name }) => name)));
  });

  it('leads to the others, and marks runs', () => {
    expect(dashboard.links).toMatchObject([{ type: 'dashboards', tags: dashboard.tags, keepTime: true }]);
    expect(dashboard.annotations.list).toMatchObject([{ datasource: sources.loki, enable: true }]);
  });
});

describe.each(named)('%s', (title, panel) => {
  it('is a question, with a unit', () => {
    expect(title).toMatch(/\?$/);
    expect(unitOf(panel)).toMatch(/^\w+$/);
  });

  it('has queries, all to one of the four data sources', () => {
    const uids = panel.targets.map(({ datasource }) => datasource.uid);
    expect(panel.targets.length).toBeGreaterThan(0);
    expect(new Set([...uids, panel.datasource.uid]).size).toBe(1);
    expect(Object.keys(sources)).toContain(uids[0]);
    expect(panel.targets.every(({ expr }) => expr.length > 0)).toBe(true);
    expect(new Set(panel.targets.map(({ refId }) => refId)).size).toBe(panel.targets.length);
  });

  it('asks for metrics and labels that there are', () => {
    for (const { expr } of panel.targets.filter(isPromql)) {
      const asked = [...expr.matchAll(/([a-z_]\w*)\{([^}]*)\}/g)];
      const kept = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels]) => labels!.split(/, */));
      const labels = asked.map(([, name, matchers]) => {
        const known = knownMetrics.get(name!);
        expect(known, `${name} is on no page of the service`).toBeDefined();
        const matched = [...matchers!.matchAll(/(\w+)[=!]/g)].map(([, label]) => label!);
        expect([...known!]).toEqual(expect.arrayContaining(matched));
        return [...known!];
      });
      expect(labels.flat()).toEqual(expect.arrayContaining(['job', ...kept]));
    }
  });

  it('leads to dashboards that there are', () => {
    const uids = [...JSON.stringify(panel).matchAll(/\/d\/([\w-]+)/g)].map(([, uid]) => uid);
    expect(read.map(({ uid }) => uid)).toEqual(expect.arrayContaining(uids));
  });
});

describe('a number', () => {
  it.each(named.filter(([, { type }]) => type === 'stat'))(
    '%s has limits of its own: else Grafana would make it red from 80 on',
    (_, { fieldConfig }) => {
      expect(fieldConfig.defaults.thresholds?.steps.length).toBeGreaterThan(0);
    },
  );
});

describe('the links', () => {
  it('go to data sources that Grafana is provisioned with', async () => {
    const links = await readLinks();
    expect(links.sources).toEqual(Object.values(sources));
    expect([links.fromExemplar, links.fromLine].map((it) => it.datasourceUid)).toEqual(['jaeger', 'jaeger']);
    expect(links.fromTrace.datasourceUid).toBe('loki');
  });

  it('from the id of a trace lead to it in Explore', () => {
    const { url } = toTrace().build();
    const filledIn = url!
      .replace(`\${__value.raw}`, 'abc')
      .replace(`\${__from}`, '1')
      .replace(`\${__to}`, '2');
    const panes = new URL(filledIn, 'http://grafana').searchParams.get('panes');
    expect(JSON.parse(panes!)).toEqual({
      trace: {
        datasource: 'jaeger',
        queries: [{ refId: 'A', datasource: sources.jaeger, query: 'abc' }],
        range: { from: '1', to: '2' },
      },
    });
  });
});

describe('the limits', () => {
  it('are the SLOs of the scenarios', () => {
    expect(outage.hypothesis).toContainEqual(
      expect.objectContaining({ kind: 'latency', percentile: 0.95, maxMs: 1000 * limits.p95S.promised }),
    );
    expect(outage.hypothesis).toContainEqual(
      expect.objectContaining({ kind: 'error-rate', max: limits.errorShare.promised }),
    );
    expect(outage.hypothesis).toContainEqual(
      expect.objectContaining({ kind: 'cache-hit-rate', min: limits.hitShare.promised }),
    );
  });

  it('are what the memory API is measured for, and what its pool opens', () => {
    expect(limits.recoveredShare.promised).toBe(least.recoveredShare);
    const { poolSize, overflowSize } = readConfig({ DATABASE_URL: 'postgres://127.0.0.1/memories' }).database;
    expect(limits.connections.alarming).toBe(poolSize + overflowSize);
  });

  it('are that of EmbeddingServiceSlow: what takes longer is recorded as slow', async () => {
    const file = join(import.meta.dirname, '../deploy/prometheus/rules/recording.yml');
    const [, seconds] =
      /record: job:embedding_generations_slow:rate5m\n[\s\S]*?bucket\{[^}]*le=~"(\d+)\(/.exec(
        await readFile(file, 'utf8'),
      )!;
    expect(Number(seconds)).toBe(limits.embeddingP95S.alarming);
  });

  it.each([
    ['HighResponseTime', limits.p95S],
    ['HighErrorRate', limits.errorShare],
    ['HighMemoryUsage', limits.memoryBytes],
    ['CPUThrottling', limits.throttledShare],
  ])('are that of %s', async (alert, { alarming }) => {
    const file = join(import.meta.dirname, '../deploy/prometheus/rules/alerts.yml');
    const [, limit] = new RegExp(`alert: ${alert}\n +expr: (?:\\|\n +)?.* > (\\S+)\n`).exec(
      await readFile(file, 'utf8'),
    )!;
    expect(Number(limit)).toBe(alarming);
  });
});

function isPromql({ datasource }: TargetJson): boolean {
  return datasource.uid === sources.prometheus.uid;
}

/** A heat map has it on its axis: what it shows are counts. */
function unitOf({ type, options, fieldConfig }: PanelJson): string | undefined {
  return type === 'heatmap' ? options?.yAxis?.unit : fieldConfig?.defaults.unit;
}
