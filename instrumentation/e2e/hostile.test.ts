import { describe, expect, it } from 'vitest';
import { freePort } from '../../harness/stack/free-port.ts';
import { type Accounts, readAccounts, signals } from '../testing/account.ts';
import { builtPreload } from '../testing/built-preload.ts';
import { type HostileMode, hostileModes } from '../testing/hostile.ts';
import { get, send } from '../testing/load.ts';
import { FixtureService } from '../testing/service.ts';
import { Sink, telemetryTo } from '../testing/sink.ts';
import { until } from '../testing/until.ts';
import { accountOf, pageAt, settledAccounts } from './accounts.ts';
import { grownUp, UnderLoad } from './under-load.ts';

const preload = await builtPreload();
const mostAddedMb = 16;

it('serves as before through every mode, in bounded memory, and accounts for everything', async () => {
  await using otlp = await Sink.start({ keepsBodies: false });
  await using loki = await Sink.start({ keepsBodies: false });
  const pagePort = await freePort();
  // So small that metrics, which have a tenth of it, do not fit while nobody takes them.
  const small = { ORDEAL_BUFFER_MB: '8' };
  const env = { ...telemetryTo(otlp.url), ...pageAt(pagePort), ORDEAL_LOKI_URL: loki.url, ...small };
  await using service = await new FixtureService('small.cjs', { preload, env, flags: grownUp }).listening();
  const load = new UnderLoad(service);
  await load.warmUp();
  for (const mode of hostileModes) {
    await Promise.all([otlp.turn(mode), loki.turn(mode)]);
    await load.round();
    expect(load.addedMb, mode).toBeLessThan(mostAddedMb);
    await Promise.all([otlp.turn('healthy'), loki.turn('healthy')]);
    await load.round();
  }
  const { accounts } = await settledAccounts(pagePort, otlp);
  expect(accounts.traces.produced).toBe(load.sent);
  expect(accounts.logs.produced).toBe(load.sent);
  expect(accounts.metrics.dropped).toBeGreaterThan(0);
  const { stderr, signal } = await service.stop('SIGTERM');
  expect(signal).toBe('SIGTERM');
  expect(stderr.split('\n').filter((line) => line && !line.startsWith('@ordeal/preload: '))).toEqual([]);
}, 120_000);

describe.each<[name: string, modes: HostileMode[]]>([
  ['refuse and 503', ['refuse', '503']],
  ['a reset, silence, 429', ['reset in the middle', 'black hole', '429']],
])('Loki is out for a few seconds at 1,000 lines/s: %s', (_, modes) => {
  it('and nothing is lost, nor comes twice, nor in another order', async () => {
    await using otlp = await Sink.start({ keepsBodies: false });
    await using loki = await Sink.start({ keepsBodies: false });
    const env = { ...otlp.environment, ORDEAL_LOKI_URL: loki.url };
    await using service = await new FixtureService('small.cjs', { preload, env }).listening();
    let sent = 0;
    const lines = async (seconds: number) => {
      for (const untilSent = sent + seconds * 1000; sent < untilSent; sent += 100) {
        expect((await send(service.url, [get(`/lines/100/${sent}`)], { connections: 1 })).failed).toBe(0);
        await new Promise((go) => setTimeout(go, 90));
      }
    };
    await lines(1);
    for (const mode of modes) {
      await loki.turn(mode);
      await lines(2);
    }
    await loki.turn('healthy');
    await lines(1);
    await until('every line', () => loki.lines.length >= sent, 20_000);
    const numbers = loki.lines.map(({ fields }) => Number(fields.at));
    expect(numbers).toEqual(Array.from({ length: sent }, (__, at) => at));
    await until('the account', () => accountOf(otlp, 'logs').delivered === sent);
    expect(accountOf(otlp, 'logs')).toEqual({ produced: sent, delivered: sent, dropped: 0 });
  });
});

it('what exceeds the limit of bytes is dropped, counted and said', async () => {
  await using sink = await Sink.start({ keepsBodies: false });
  await sink.turn('refuse');
  const pagePort = await freePort();
  const env = { ...sink.environment, ...pageAt(pagePort), ORDEAL_BUFFER_MB: '1' };
  await using service = await new FixtureService('small.cjs', { preload, env }).listening();
  const requests = 10_000;
  const perRequest = 10;
  const paths = Array.from({ length: requests }, (_, at) => get(`/lines/${perRequest}/${at * perRequest}`));
  const { failed, answered } = await send(service.url, paths);
  expect({ failed, answered }).toEqual({ failed: 0, answered: requests });
  const droppedOf = (accounts: Accounts) => signals.filter((signal) => accounts[signal].dropped > 0);
  await until('some of each signal to be dropped', async () => {
    return droppedOf(await readAccounts(pagePort)).length === signals.length;
  });
  await sink.turn('healthy');
  // Nobody took anything before, and what is taken now is answered: what the preload counts is what arrived.
  const { accounts, arrived } = await settledAccounts(pagePort, sink, (it) => it.metrics.delivered > 0);
  for (const signal of signals) expect(accounts[signal].delivered, signal).toBe(arrived[signal]);
  expect(accounts.traces.produced).toBe(requests);
  expect(accounts.logs.produced).toBe(requests * perRequest);
  const { stderr } = await service.stop('SIGTERM');
  expect(stderr).toMatch(/not delivered.*spans.*data points.*log lines/);
});
