import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { freePort, until } from '../../examples/memory-api/test-servers.ts';
import { needs, pathOf } from '../../harness/setup/fixtures/parts.ts';
import { messagesTo, openInbox } from './testing/inbox.ts';
import { openMailbox } from './testing/mailbox.ts';
import { deployFolder, post, startWatchers, type WatchersOptions } from './testing/watchers.ts';

const gate = await needs('alertmanager', 'amtool');
const run = promisify(execFile);
const config = join(deployFolder, 'alertmanager/alertmanager.yml');
const amtool = async (...args: string[]) => (await run(await pathOf('amtool'), args)).stdout;

const startAlertmanager = (options: Omit<WatchersOptions, 'services'>) =>
  startWatchers({ ...options, services: ['alertmanager'] });

/** At most, until somebody is told, on a machine that does much else. */
const limitMs = 60_000;

const startsAt = '2026-03-01T12:00:05Z';

function alert(alertname: string, severity: string, more: Record<string, string> = {}) {
  return {
    labels: { alertname, severity, service: 'memory-api', job: 'memory-api', ...more },
    annotations: {
      summary: `${alertname} in a sentence`,
      description: `${alertname} in numbers: 7`,
      action: `what to do about ${alertname}`,
      runbook_url: `docs/runbook/alerts.md#${alertname.toLowerCase()}`,
      dashboard_url: 'http://127.0.0.1:3000/d/ordeal-service?var-service=memory-api',
    },
    startsAt,
    generatorURL: 'http://127.0.0.1:9090/graph?g0.expr=up',
  };
}

interface Route {
  receiver: string;
  matchers?: string[];
  repeat_interval?: string;
  routes?: Route[];
}

describe('what goes on is told again', () => {
  const { route } = parse(readFileSync(config, 'utf8')) as { route: Route };

  it.each([
    ['critical', '5m'],
    ['warning', '30m'],
  ])('%s: every %s', (severity, interval) => {
    const ofSeverity = route.routes!.filter(({ matchers }) => matchers!.includes(`severity="${severity}"`));
    // What a route does not say itself, it has of the one above it.
    const routes = ofSeverity.map((it) => ({ ...route, ...it }));
    expect(routes).toMatchObject([{ receiver: severity, repeat_interval: interval }]);
  });
});

describe.runIf(gate.runs)(gate.titled('Alertmanager'), { timeout: 5 * limitMs }, () => {
  it('can read its configuration', async () => {
    expect(await amtool('check-config', config)).toContain('SUCCESS');
  });

  it.each([
    ['severity=critical', 'critical'],
    ['severity=warning', 'warning'],
    ['severity=info', 'warning'],
    ['alertname=Whatever', 'warning'],
  ])('tells of %s: %s', async (labels, receiver) => {
    const args = [`--config.file=${config}`, `--verify.receivers=${receiver}`, labels, 'service=memory-api'];
    expect((await amtool('config', 'routes', 'test', ...args)).trim()).toBe(receiver);
  });

  it('tells by e-mail, in Slack and by the webhook what, since when, how bad, where to look, what to do', async () => {
    await using inbox = await openInbox();
    await using mailbox = await openMailbox();
    await using alertmanager = await startAlertmanager({
      factor: 100,
      smarthost: mailbox.address,
      secrets: {
        smtp_password: 'only-for-tests\n',
        slack_url: `${inbox.url}/slack`,
        webhook_url: `${inbox.url}/webhook`,
      },
    });
    const firing = alert('DatabaseConnectionFailure', 'critical');
    await post(alertmanager.url('alertmanager'), [firing]);
    await until(() => inbox.posted.length >= 2 && mailbox.mails.length >= 1, limitMs);

    const title = 'CRITICAL memory-api: DatabaseConnectionFailure';
    const text = [
      'DatabaseConnectionFailure: DatabaseConnectionFailure in a sentence',
      '  since: 2026-03-01 12:00:05 UTC',
      '  how bad: critical. DatabaseConnectionFailure in numbers: 7',
      '  look: http://127.0.0.1:3000/d/ordeal-service?var-service=memory-api',
      '        http://127.0.0.1:9090/graph?g0.expr=up',
      '  do: what to do about DatabaseConnectionFailure',
      '      docs/runbook/alerts.md#databaseconnectionfailure',
      '',
      'All alerts, and silences: http://127.0.0.1:',
    ].join('\n');
    const [message] = messagesTo('/webhook', inbox);
    expect(message).toMatchObject({ status: 'firing', receiver: 'critical', alerts: [firing] });
    const slack = JSON.parse(inbox.posted.find(({ path }) => path === '/slack')!.body);
    expect(slack.attachments[0]).toMatchObject({
      title,
      title_link: firing.annotations.dashboard_url,
      fallback: title,
      color: 'danger',
      text: expect.stringContaining(text),
    });
    const [mail] = mailbox.mails;
    expect(mail).toMatchObject({
      user: 'ordeal@mail.invalid',
      password: 'only-for-tests',
      to: ['on-call@mail.invalid'],
    });
    expect(mail!.data).toContain(`Subject: ${title}`);
    expect(readable(mail!.data)).toContain(text);

    await post(alertmanager.url('alertmanager'), [{ ...firing, endsAt: '2026-03-01T12:04:05Z' }]);
    await until(() => mailbox.mails.some(({ data }) => data.includes('Subject: RESOLVED')), limitMs);
    const resolved = mailbox.mails.find(({ data }) => data.includes('Subject: RESOLVED'))!;
    expect(resolved.data).toContain('Subject: RESOLVED memory-api: DatabaseConnectionFailure');
    expect(readable(resolved.data)).toContain(
      'DatabaseConnectionFailure is over: DatabaseConnectionFailure in a sentence',
    );
    expect(readable(resolved.data)).toMatch(/from: 2026-03-01 12:00:05 UTC\n {2}to: 2026-/);
    await until(() => messagesTo('/webhook', inbox).some(({ status }) => status === 'resolved'), limitMs);
  });

  it('has the section of the runbook as a link, where somebody has said where it can be read', async () => {
    await using inbox = await openInbox();
    await using alertmanager = await startAlertmanager({
      factor: 100,
      secrets: { slack_url: `${inbox.url}/slack` },
      repository: 'https://git.invalid/ordeal/blob/main/',
    });
    await post(alertmanager.url('alertmanager'), [alert('RedisDown', 'warning')]);
    await until(() => inbox.posted.length > 0, limitMs);
    const link = 'https://git.invalid/ordeal/blob/main/docs/runbook/alerts.md#redisdown';
    expect(JSON.parse(inbox.posted[0]!.body).attachments[0].text).toContain(`\n      ${link}\n`);
  });

  it('puts what belongs together into one message, and repeats what is critical sooner', async () => {
    await using inbox = await openInbox();
    await using alertmanager = await startAlertmanager({
      factor: 60,
      secrets: { webhook_url: `${inbox.url}/webhook` },
    });
    const critical = [
      alert('DatabaseConnectionFailure', 'critical'),
      alert('ErrorBudgetBurnFast', 'critical'),
    ];
    const warnings = [
      alert('HighErrorRate', 'warning'),
      alert('CircuitBreakerOpen', 'warning', { dependency: 'postgres' }),
    ];
    // One that began longer ago than `group_wait` does not wait for others, and that is soon over: so all begin later.
    const soon = new Date(Date.now() + limitMs).toISOString();
    await post(
      alertmanager.url('alertmanager'),
      [...critical, ...warnings].map((it) => ({ ...it, startsAt: soon })),
    );
    const told = (receiver: string) => messagesTo('/webhook', inbox).filter((it) => it.receiver === receiver);
    await until(() => told('critical').length >= 3, limitMs);
    const first = (receiver: string) =>
      told(receiver)[0]!
        .alerts.map(({ labels }) => labels.alertname)
        .sort();
    expect(first('critical')).toEqual(['DatabaseConnectionFailure', 'ErrorBudgetBurnFast']);
    expect(first('warning')).toEqual(['CircuitBreakerOpen', 'HighErrorRate']);
    // 5 minutes against 30.
    expect(told('warning')).toHaveLength(1);
  });

  it('says nothing of the symptoms of a service that is down, but of who tries its doors', async () => {
    await using inbox = await openInbox();
    await using alertmanager = await startAlertmanager({
      factor: 100,
      secrets: { webhook_url: `${inbox.url}/webhook` },
    });
    await post(alertmanager.url('alertmanager'), [alert('ServiceDown', 'critical')]);
    const told = () =>
      new Set(
        messagesTo('/webhook', inbox).flatMap((it) =>
          it.alerts.map(({ labels }) => `${labels.alertname} ${labels.service}`),
        ),
      );
    await until(() => told().has('ServiceDown memory-api'), limitMs);
    const others = ['HighErrorRate', 'RedisDown', 'ErrorBudgetBurnFast'].map((it) => alert(it, 'warning'));
    await post(alertmanager.url('alertmanager'), [
      ...others,
      alert('SuspiciousActivity', 'warning'),
      alert('HighErrorRate', 'warning', { service: 'another' }),
    ]);
    await until(
      () => told().has('SuspiciousActivity memory-api') && told().has('HighErrorRate another'),
      limitMs,
    );
    expect([...told()].sort()).toEqual([
      'HighErrorRate another',
      'ServiceDown memory-api',
      'SuspiciousActivity memory-api',
    ]);
  });

  it('is not started with a secret that is none', async () => {
    const starting = startAlertmanager({ factor: 100, secrets: { slack_url: 'not an address' } });
    await expect(starting).rejects.toThrow(/slack_url is no address, expected https/);
  });

  it('goes on, and says so in its log, when nobody is where a secret says', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}/`;
    await using alertmanager = await startAlertmanager({ factor: 100, secrets: { slack_url: nobody } });
    await post(alertmanager.url('alertmanager'), [alert('HighErrorRate', 'warning')]);
    await until(
      async () => /slack.*connection refused/.test(await alertmanager.log('alertmanager')),
      limitMs,
    );
    expect((await fetch(`${alertmanager.url('alertmanager')}/-/ready`)).ok).toBe(true);
  });

  it('works with no secret at all', async () => {
    await using alertmanager = await startAlertmanager({ factor: 100 });
    await post(alertmanager.url('alertmanager'), [alert('HighErrorRate', 'warning')]);
    const shown = await fetch(`${alertmanager.url('alertmanager')}/api/v2/alerts`);
    expect(await shown.json()).toMatchObject([{ labels: { alertname: 'HighErrorRate' } }]);
  });
});

/** A part of a mail in quoted-printable (RFC 2045, 6.7). */
function readable(data: string): string {
  return data
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
