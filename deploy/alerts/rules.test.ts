import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { needs, pathOf } from '../../harness/setup/fixtures/parts.ts';
import { alertsIn, logRules, metricRules, notProvoked } from './testing/rule-files.ts';

const gate = await needs('promtool');
const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const tests = `${root}deploy/prometheus/tests`;

interface TestFile {
  tests: {
    name: string;
    alert_rule_test?: { alertname: string; exp_alerts: object[] }[];
    promql_expr_test?: { expr: string; exp_samples: object[] }[];
  }[];
}

const onMetrics = alertsIn(metricRules);
const all = [...onMetrics, ...alertsIn(logRules)];
const cases = new Map(
  readdirSync(tests)
    .flatMap((name) => (parse(readFileSync(`${tests}/${name}`, 'utf8')) as TestFile).tests)
    .map((test) => [test.name, test]),
);

describe.runIf(gate.runs)(gate.titled('promtool'), () => {
  it('can read the rules', async () => {
    const files = readdirSync(metricRules).map((name) => `${metricRules}/${name}`);
    const { stdout } = await run(await pathOf('promtool'), ['check', 'rules', '--lint-fatal', ...files]);
    expect(stdout.match(/SUCCESS: \d+ rules found/g)).toHaveLength(files.length);
  });

  it.each(readdirSync(tests))('sees %s hold', async (name) => {
    const { stdout } = await run(await pathOf('promtool'), ['test', 'rules', `${tests}/${name}`]);
    expect(stdout).toContain('SUCCESS');
  });
});

describe('rules', () => {
  /** Severities and durations that were asked for; without a duration it fires at once. */
  it.each([
    ['ServiceDown', 'critical', '1m', 'up{job="memory-api"} == 0'],
    ['HighResponseTime', 'warning', '5m', 'p95_5m > 1'],
    ['HighMemoryUsage', 'warning', '5m', '> 2e9'],
    ['DatabaseConnectionFailure', 'critical', undefined, 'increase5m > 5'],
    ['VectorStoreErrors', 'warning', '2m', 'increase5m > 10'],
    ['HighRateLimitHits', 'warning', '2m', 'increase5m > 50'],
    ['CPUThrottling', 'warning', '5m', '[5m]) > 0.1'],
    ['EmbeddingServiceSlow', 'warning', '3m', '> 0.05'],
    ['RedisDown', 'warning', '1m', 'dependency="redis"'],
    ['HighErrorRate', 'warning', '1m', '> 0.05'],
    ['SlowOperations', 'warning', undefined, 'slow_operations:increase5m > 10'],
    ['IndexFailure', 'warning', '6m', 'dependency="vector_index"'],
    ['CircuitBreakerOpen', 'warning', undefined, 'dependency_breaker_open'],
    ['ErrorBudgetBurnFast', 'critical', undefined, '14.4 * 0.05'],
    ['ErrorBudgetBurnSlow', 'warning', undefined, '3 * 0.05'],
    ['LatencyBudgetBurnFast', 'critical', undefined, '14.4 * 0.05'],
    ['LatencyBudgetBurnSlow', 'warning', undefined, '3 * 0.05'],
    ['LogErrorBurst', 'warning', undefined, '[5m])) > 20'],
    ['RepeatedFailedAuthentication', 'warning', undefined, '> 10'],
    ['SuspiciousActivity', 'warning', undefined, '> 0'],
  ])('%s is %s, for %s', (name, severity, duration, part) => {
    const rule = all.find(({ alert }) => alert === name);
    expect([rule?.labels.severity, rule?.for]).toEqual([severity, duration]);
    expect(rule?.expr).toContain(part);
  });

  it('there is none that was not asked for, and none twice', () => {
    expect(all).toHaveLength(20);
    expect(new Set(all.map(({ alert }) => alert)).size).toBe(20);
  });

  it.each(all)('$alert tells a person enough', ({ alert, labels, annotations }) => {
    const job = labels.service === '{{ $labels.job }}' ? 'job' : 'service_name';
    expect(labels.service).toBe(`{{ $labels.${job} }}`);
    expect(Object.keys(annotations).sort()).toEqual([
      'action',
      'dashboard_url',
      'description',
      'runbook_url',
      'summary',
    ]);
    expect(annotations.description).toContain('$value');
    expect(annotations.runbook_url).toBe(`docs/runbook/alerts.md#${alert.toLowerCase()}`);
    const [, uid] =
      /^http:\/\/127\.0\.0\.1:3000\/d\/ordeal-([\w-]+)\?var-service=\{\{ \$labels\.\w+ \}\}$/.exec(
        annotations.dashboard_url!,
      ) ?? [];
    expect(readdirSync(`${root}grafana/dashboards`)).toContain(`${uid}.json`);
  });

  it.each(all)('$alert has its section in the runbook', ({ alert }) => {
    expect(readFileSync(`${root}docs/runbook/alerts.md`, 'utf8')).toMatch(new RegExp(`^#+ ${alert}$`, 'm'));
  });

  it.each(onMetrics)(
    '$alert has a case in which it fires, one just below, and one in which it resolves',
    ({ alert }) => {
      const fires = cases.get(`${alert} fires`)?.alert_rule_test ?? [];
      expect(fires.map(({ alertname, exp_alerts }) => [alertname, exp_alerts.length])).toEqual([[alert, 1]]);

      const silent = cases.get(`${alert} is silent just below`)?.alert_rule_test ?? [];
      expect(silent).not.toEqual([]);
      for (const it of silent) expect([it.alertname, it.exp_alerts]).toEqual([alert, []]);

      const resolves = cases.get(`${alert} resolves`)?.promql_expr_test ?? [];
      const expr = `count(ALERTS{alertname="${alert}", alertstate="firing"})`;
      expect(resolves.map((it) => [it.expr, it.exp_samples.length])).toEqual([
        [expr, 1],
        [expr, 0],
      ]);
    },
  );

  describe('on a share of the requests', () => {
    const shares = onMetrics.filter(({ expr }) => /:ratio_rate|:p95_/.test(expr));
    const pairs = (expr: string) => expr.split(/ or\n/);

    it('are those of errors and of response times', () => {
      expect(shares.map(({ alert }) => alert).sort()).toEqual([
        'ErrorBudgetBurnFast',
        'ErrorBudgetBurnSlow',
        'HighErrorRate',
        'HighResponseTime',
        'LatencyBudgetBurnFast',
        'LatencyBudgetBurnSlow',
      ]);
    });

    it.each(shares)('$alert wants the least number of requests in each longest window', ({ expr }) => {
      for (const pair of pairs(expr)) {
        const [, window] = /(?:ratio_rate|p95_)(\d+[mhd])/.exec(pair)!;
        expect(pair).toContain(
          `and job:http_requests:increase${window} >= scalar(alerts:http_requests:least)`,
        );
      }
    });

    it.each(shares)('$alert has a case with one request less, and one with one more', ({ alert, expr }) => {
      const told = [...cases.values()]
        .filter(({ name }) => name.startsWith('all of '))
        .flatMap(({ promql_expr_test = [] }) => promql_expr_test)
        .filter((it) => it.expr === `count(ALERTS{alertname="${alert}", alertstate="firing"})`);
      expect(told.map(({ exp_samples }) => exp_samples.length)).toEqual(pairs(expr).flatMap(() => [0, 1]));
    });
  });

  it('what is said not to be provoked is an alert, and has a reason', () => {
    for (const [name, reason] of notProvoked()) {
      expect(all.map(({ alert }) => alert)).toContain(name);
      expect(reason.length).toBeGreaterThan(20);
    }
  });
});
