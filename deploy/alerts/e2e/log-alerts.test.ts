import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, until } from '../../../examples/memory-api/test-servers.ts';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { openInbox } from '../testing/inbox.ts';
import { Notices } from '../testing/notices.ts';
import { openPlace, type Place, startMemoryApi } from '../testing/place.ts';
import { alertsIn, logRules, notProvoked } from '../testing/rule-files.ts';
import { Client, keepSending } from '../testing/traffic.ts';
import { startWatchers, type Watchers } from '../testing/watchers.ts';

const gate = await needs('loki', 'alertmanager', 'postgres', 'redis');

/** Five minutes become fifteen seconds. */
const factor = 20;
const limitMs = 90_000;

const names = alertsIn(logRules)
  .map(({ alert }) => alert)
  .filter((name) => !notProvoked().has(name))
  .sort();

/** In this order: what a test makes, the next one finds. */
describe.runIf(gate.runs)(
  gate.titled('alerts on logs, twenty times as fast'),
  { timeout: 2 * limitMs },
  () => {
    const stack = new AsyncDisposableStack();
    let notices: Notices;
    let place: Place;
    let watchers: Watchers;

    beforeAll(async () => {
      const inbox = stack.use(await openInbox());
      notices = new Notices(inbox);
      place = stack.use(await openPlace());
      const secrets = { webhook_url: `${inbox.url}/webhook` };
      watchers = stack.use(await startWatchers({ services: ['loki', 'alertmanager'], factor, secrets }));
    }, limitMs);
    afterAll(() => stack.disposeAsync(), limitMs);

    it('the memory API fails, somebody tries keys, and somebody tries a door', async () => {
      await using started = await startMemoryApi({
        port: await freePort(),
        metricsPort: await freePort(),
        env: { ...place.env, ORDEAL_LOKI_URL: watchers.url('loki'), AUTH_FAILURES_PER_ADDRESS: '1000' },
      });
      const api = new Client(started.url);
      const key = await place.issue();
      for (let turn = 0; turn < 11; turn += 1) await api.list('not a key', 'user-1');
      await api.read(key, "' or 1=1 --");
      await place.links.postgres.refuse();
      await using _failing = keepSending((turn) => api.list(key, `user-${turn}`), {
        workers: 3,
        pauseMs: 300,
      });
      await notices.come(names, 'firing', limitMs);
      await place.links.postgres.heal();
    });

    it('all is well again', async () => {
      await notices.come(names, 'resolved', limitMs);
      expect(notices.names('resolved')).toEqual(names);
    });

    it('nothing comes of as much as may be, and all of one more', async () => {
      const loki = watchers.url('loki');
      const failed = { message: 'the database did not do what was asked of it' };
      const denied = { audit: true, event: 'auth_attempt', outcome: 'denied', reason: 'no key' };
      const known = { audit: true, event: 'suspicious_activity', reason: 'repeated failed authentication' };
      await push(loki, 'error', Array(20).fill(failed));
      await push(loki, 'warn', [
        ...Array(10).fill(denied),
        ...Array(3).fill(known),
        { message: 'a warning' },
      ]);
      await push(loki, 'info', Array(30).fill({ ...denied, outcome: 'allowed' }));
      // Twice: what is pushed while a rule is looked at may be in it or not.
      await evaluatedAfter(loki, Date.now());
      await evaluatedAfter(loki, Date.now());
      expect(await states(loki)).toEqual(names.map((name) => [name, 'inactive']));

      await push(loki, 'error', [failed]);
      await push(loki, 'warn', [denied, { ...known, reason: 'probe in an id' }]);
      const firing = names.map((name) => [name, 'firing']);
      await until(async () => isDeepStrictEqual(await states(loki), firing), limitMs);
    });

    it('each says what, how bad, what to do, and where to look', () => {
      for (const { alert, expr, labels } of alertsIn(logRules)) {
        const notice = notices.first(alert, 'firing')!;
        expect(notice.labels).toMatchObject({ severity: labels.severity, service: 'memory-api' });
        expect(Object.values(notice.annotations).join('\n')).not.toMatch(/<no value>|<error|\{\{|NaN/);
        expect(notice.annotations.description).toMatch(/\d/);
        const lines = new URL(notice.generatorURL);
        expect(lines.origin + lines.pathname).toBe(`${watchers.url('grafana')}/explore`);
        const { queries } = JSON.parse(lines.searchParams.get('left')!);
        const [selector] = /\{service_name="memory-api".*?\}/.exec(expr)!;
        expect(queries).toMatchObject([
          { datasource: { type: 'loki', uid: 'loki' }, expr: expect.stringContaining(selector) },
        ]);
      }
      expect(notices.first('SuspiciousActivity', 'firing')!.annotations.summary).toBe(
        'Suspicious activity at memory-api: probe in an id',
      );
    });
  },
);

/** Lines as the preload pushes them. */
async function push(loki: string, level: string, lines: readonly object[]): Promise<void> {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const values = lines.map((line, at) => [`${nowNs + BigInt(at)}`, JSON.stringify({ level, ...line })]);
  const answer = await fetch(`${loki}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ streams: [{ stream: { service_name: 'memory-api', level }, values }] }),
  });
  if (!answer.ok) throw new Error(`Loki answered ${answer.status}: ${await answer.text()}`);
}

interface Rules {
  data: { groups: { rules: { name: string; state: string; lastEvaluation: string }[] }[] };
}

async function rulesOf(loki: string) {
  const answer = await fetch(`${loki}/prometheus/api/v1/rules`);
  return ((await answer.json()) as Rules).data.groups.flatMap(({ rules }) => rules);
}

async function states(loki: string): Promise<[string, string][]> {
  return (await rulesOf(loki)).map(({ name, state }) => [name, state] as [string, string]).sort();
}

/** Until every rule was looked at since. */
async function evaluatedAfter(loki: string, atMs: number): Promise<void> {
  await until(async () => {
    const rules = await rulesOf(loki);
    return rules.length === names.length && rules.every((it) => Date.parse(it.lastEvaluation) > atMs);
  }, limitMs);
}
