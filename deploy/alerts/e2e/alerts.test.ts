import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort, until } from '../../../examples/memory-api/test-servers.ts';
import type { Control } from '../../../harness/faults/control/control.ts';
import { openControl } from '../../../harness/faults/control/open-control.ts';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { openInbox } from '../testing/inbox.ts';
import { Notices, type Wanted } from '../testing/notices.ts';
import { openPlace, type Place, startMemoryApi } from '../testing/place.ts';
import type { TestProcess } from '../testing/process.ts';
import { alertsIn, metricRules, notProvoked } from '../testing/rule-files.ts';
import { Client, keepSending } from '../testing/traffic.ts';
import { ask, startWatchers, type Watchers } from '../testing/watchers.ts';

const gate = await needs('prometheus', 'alertmanager', 'postgres', 'redis');

/** Five minutes become fifteen seconds. */
const factor = 20;
const minuteMs = 60_000 / factor;

/** At most, until Alertmanager has told of what is so: the durations of a rule, the waits of Alertmanager, a busy machine. */
const limitMs = 90_000;

/** In this order: what a test makes, the next one finds. */
describe.runIf(gate.runs)(
  gate.titled('alerts on metrics, twenty times as fast'),
  { timeout: 2 * limitMs },
  () => {
    const stack = new AsyncDisposableStack();
    let notices: Notices;
    let place: Place;
    let control: Control;
    let watchers: Watchers;
    let start: () => Promise<TestProcess>;
    let running: TestProcess;
    let api: Client;
    let serviceKey: string;

    beforeAll(async () => {
      const inbox = stack.use(await openInbox());
      notices = new Notices(inbox);
      place = stack.use(await openPlace());
      control = stack.use(await openControl());
      watchers = stack.use(
        await startWatchers({
          services: ['prometheus', 'alertmanager'],
          factor,
          secrets: { webhook_url: `${inbox.url}/webhook` },
        }),
      );
      const env = {
        ...place.env,
        ...control.env,
        HEALTH_INTERVAL_MS: `${minuteMs}`,
        BREAKER_RESET_MS: `${minuteMs}`,
        // What is given up counts as slow, however soon: several are then asked for in a range.
        EMBEDDINGS_DEADLINE_MS: '500',
        // A slow PostgreSQL then still answers as many requests in a range as alerts on a share of them want.
        DATABASE_POOL_OVERFLOW: '50',
        RATE_LIMIT_PER_ADDRESS: '1000000',
        RATE_LIMIT_PER_USER: '1',
      };
      const settings = { port: await freePort(), metricsPort: watchers.ports.metrics, env };
      start = () => startMemoryApi(settings);
      running = stack.use(await start());
      api = new Client(running.url);
      serviceKey = await place.issue();
    }, limitMs);
    afterAll(() => stack.disposeAsync(), limitMs);

    /** Of what a step before has made, nothing counts. */
    let before: number;
    beforeEach(() => {
      before = notices.count;
    });
    const fire = (...alerts: Wanted[]) => notices.come(alerts, 'firing', limitMs, before);
    const breakerOf = (dependency: string) => ({ alertname: 'CircuitBreakerOpen', dependency });

    it('a service that was watched for five minutes and does well has none', async () => {
      await using _good = keepSending(() => api.describe(), { workers: 1, pauseMs: 1000 });
      const query = `up{job="memory-api"} offset ${5 * minuteMs}ms == 1`;
      await until(async () => (await ask(watchers.url('prometheus'), query)) === 1, limitMs);
      expect(notices.names('firing')).toEqual([]);
    });

    it('too many requests, too much memory, no index, and embeddings that take too long', async () => {
      await using _good = keepSending(() => api.describe(), { workers: 1, pauseMs: 1000 });
      const userKey = await place.issue('busy');
      // Again and again: the memory that is taken below may stop the service for longer than one burst would be seen.
      await using _busy = keepSending(() => api.list(userKey, 'busy'), { workers: 2, pauseMs: 250 });
      await using _indexes = await place.dropIndexes();
      const fault = { kind: 'allocate-heap', sizeMb: 2100 } as const;
      const memory = await control.inject(fault, 2 * limitMs, AbortSignal.timeout(limitMs));
      await place.links.embeddings.delay(6000, 0);
      await using _searches = keepSending(
        (turn) => api.search(serviceKey, `curious-${turn}`, `new ${turn}`),
        {
          workers: 3,
          pauseMs: 1000,
        },
      );
      await fire(
        'HighRateLimitHits',
        'HighMemoryUsage',
        'IndexFailure',
        'EmbeddingServiceSlow',
        breakerOf('embeddings'),
      );
      await memory.heal();
      await place.links.embeddings.heal();
    });

    it('PostgreSQL is slow', async () => {
      await place.links.postgres.delay(1100, 0);
      await using _lists = keepSending((turn) => api.list(serviceKey, `slow-${turn}`), {
        workers: 60,
        pauseMs: 0,
      });
      await fire('HighResponseTime', 'SlowOperations', 'LatencyBudgetBurnFast');
      await place.links.postgres.heal();
    });

    it('PostgreSQL and Redis are away', async () => {
      // Keys are known for half a minute after they were found: until then requests get as far as the store.
      const key = await place.issue();
      await api.list(key, 'somebody');
      await place.links.redis.refuse();
      await place.links.postgres.refuse();
      await using _lists = keepSending((turn) => api.list(key, `away-${turn}`), {
        workers: 12,
        pauseMs: 150,
      });
      await fire(
        'RedisDown',
        breakerOf('redis'),
        'DatabaseConnectionFailure',
        breakerOf('postgres'),
        'VectorStoreErrors',
        'HighErrorRate',
        'ErrorBudgetBurnFast',
      );
      await place.links.postgres.heal();
      await place.links.redis.heal();
    });

    it(
      'all is well again: what burnt fast burns slowly, and then everything is over',
      async () => {
        {
          await using _few = keepSending(() => api.describe(), { workers: 4, pauseMs: 100 });
          await fire('ErrorBudgetBurnSlow', 'LatencyBudgetBurnSlow');
        }
        // A breaker closes when something is asked for and comes, once its pause is over.
        await using _searches = keepSending(
          (turn) => api.search(serviceKey, `once-more-${turn}`, `once more ${turn}`),
          { workers: 1, pauseMs: 1000 },
        );
        await using _many = keepSending(() => api.describe(), { workers: 8, pauseMs: 5 });
        // A burn is over when enough was well since: as many as a busy machine lets through.
        await notices.end(notices.names('firing'), 2 * limitMs);
      },
      4 * limitMs,
    );

    it('the service is killed, and started again', async () => {
      await running.kill();
      await fire('ServiceDown');
      running = stack.use(await start());
      await notices.end(['ServiceDown'], limitMs);
    });

    it('these were all alerts of the rule files, but those that README.md says cannot be provoked', () => {
      const all = alertsIn(metricRules).map(({ alert }) => alert);
      expect([...notProvoked().keys()].filter((name) => !all.includes(name))).toEqual([]);
      const provoked = all.filter((name) => !notProvoked().has(name)).sort();
      expect(notices.names('firing')).toEqual(provoked);
      expect(notices.names('resolved')).toEqual(provoked);
    });

    it('each says what, how bad, what to do, and where to look', () => {
      for (const { alert, labels } of alertsIn(metricRules)) {
        const notice = notices.first(alert, 'firing');
        if (!notice) continue;
        expect(notice.labels).toMatchObject({ severity: labels.severity, service: 'memory-api' });
        expect(notice.annotations).toMatchObject({
          runbook_url: `docs/runbook/alerts.md#${alert.toLowerCase()}`,
          dashboard_url: expect.stringMatching(/\/d\/ordeal-[a-z-]+\?var-service=memory-api$/),
        });
        expect(Object.values(notice.annotations).join('\n')).not.toMatch(/<no value>|<error|\{\{|NaN/);
        expect(notice.annotations.description).toMatch(/\d/);
      }
    });
  },
);
