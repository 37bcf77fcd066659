import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { EndEntry, RunEntry } from '../journal/entry.ts';
import { needs } from '../setup/fixtures/parts.ts';
import { judge } from '../verdict/judge.ts';
import { containersOf, dockerEngine } from './containers.ts';
import { Desk, entriesOf } from './ordeal.ts';
import { processesWith } from './processes.ts';
import { fixture, shop, shopTarget } from './shop.ts';

const local = ['--stack', 'local', '--seed', '7'];
const docker = ['--stack', 'docker', '--seed', '7'];
const engine = await dockerEngine();
const onLocal = await needs('k6', 'postgres', 'redis');
const inContainers = await needs('docker', 'k6');

/** Nothing that was started for this desk runs any more; the watchdog may need a moment. */
async function nothingRuns(desk: Desk): Promise<void> {
  const ids = desk.runs('shop').map(idOf);
  const left = async () => [
    ...ids.flatMap((id) => processesWith(`ORDEAL_RUN=${id}`)),
    ...(await containersOf(engine, ids)),
  ];
  await vi.waitFor(async () => expect(await left()).toEqual([]), { timeout: 20_000, interval: 200 });
}

function idOf(folder: string): string {
  return (entriesOf(folder)[0] as RunEntry).id;
}

function lastEntry(desk: Desk): EndEntry {
  return entriesOf(desk.lastRun('shop')!).at(-1) as EndEntry;
}

describe.runIf(onLocal.runs)(onLocal.titled('found before anything is started'), () => {
  it.each<[string, string[], Record<string, string>, number, string[]]>([
    ['an unknown scenario', ['run', 'shpo'], {}, 64, ['"shpo"', 'Did you mean "shop"?']],
    ['an unknown option', ['run', 'shop', '--sped', '1'], {}, 64, ['--sped']],
    ['a seed that is none', ['run', 'shop', '--seed', 'x'], {}, 64, ['--seed', 'got "x"']],
    ['k6 missing', ['run', 'shop', ...local], { K6_BIN: '/nowhere/k6' }, 4, ['K6_BIN', '/nowhere/k6']],
    [
      'a folder that cannot be written',
      ['run', 'shop', ...local, '--runs', 'scenarios/shop/scenario.ts/runs'],
      {},
      3,
      ['scenario.ts/runs', 'Nothing was started'],
    ],
    ['a run that is not there', ['judge', 'runs/none'], {}, 64, ['There is no run "runs/none"']],
  ])('%s', async (_, args, env, code, texts) => {
    using desk = new Desk();
    desk.scenario(shop());
    const outcome = await desk.run(args, env);
    expect(outcome.code, outcome.output).toBe(code);
    for (const text of texts) expect(outcome.output).toContain(text);
    expect(desk.lastRun('shop')).toBeUndefined();
    expect(outcome.output).not.toMatch(/started (postgres|redis|target)/);
  });

  it('five mistakes in a scenario, all told at once', async () => {
    using desk = new Desk();
    const bad = { ...shop(), phasesMs: { warmup: -1, baseline: 0 }, faults: 3, hypothesis: [], lode: {} };
    desk.scenario(bad as never);
    const outcome = await desk.run(['run', 'shop']);
    expect(outcome.code).toBe(78);
    for (const path of ['phasesMs.warmup', 'phasesMs.baseline', 'faults', 'hypothesis', 'lode']) {
      expect(outcome.output).toContain(`scenario.ts: ${path}: `);
    }
    expect((await desk.run(['check'])).code).toBe(78);
  });
});

describe.runIf(onLocal.runs)(onLocal.titled('bad luck'), () => {
  it.each<[string, Parameters<typeof shop>[0], number, EndEntry['ending'], string[]]>([
    [
      'a target that is never ready: its last lines',
      {
        target: {
          command: ['node', '-e', 'console.log("waiting for godot"); setInterval(() => {}, 1e6)'],
          ready: { path: '/', timeoutMs: 1500 },
        },
      },
      4,
      'infrastructure-failed',
      ['was not ready after 1500 ms', 'waiting for godot'],
    ],
    [
      'a target that cannot be started',
      { target: { command: ['no-such-program'] } },
      4,
      'infrastructure-failed',
      ['no-such-program'],
    ],
    [
      'a target that dies under load: when and how',
      { target: shopTarget(['--import', fixture('die.mjs')]) },
      1,
      'completed',
      ['the target does not exit by itself', 'exit code 7', 'out of luck'],
    ],
    [
      'a k6 script that throws',
      { load: { ratePerSecond: 50, script: fixture('throws.ts') } },
      3,
      'harness-failed',
      ['The k6 script threw', "'field'"],
    ],
    [
      'no request at all',
      { load: { ratePerSecond: 50, script: fixture('idle.ts') } },
      2,
      'completed',
      ['inconclusive'],
    ],
    [
      'telemetry that does not arrive',
      { target: shopTarget([], { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }) },
      2,
      'completed',
      ['telemetry of the target is missing'],
    ],
  ])('%s', async (_, overrides, code, ending, texts) => {
    using desk = new Desk();
    desk.scenario(shop(overrides));
    const outcome = await desk.run(['run', 'shop', ...local]);
    expect(outcome.code, outcome.output).toBe(code);
    for (const text of texts) expect(outcome.output).toContain(text);
    expect(lastEntry(desk).ending).toBe(ending);
    const { judgements } = judge(entriesOf(desk.lastRun('shop')!));
    const stillMet = code === 2 ? ['invariant'] : [];
    expect(judgements.filter((it) => it.outcome === 'met').map(({ kind }) => kind)).toEqual(stillMet);
    await nothingRuns(desk);
  });

  it('a dependency that does not start: the end of its log', async () => {
    using desk = new Desk();
    desk.scenario(shop());
    const broken = join(desk.folder, 'redis-server');
    writeFileSync(
      broken,
      '#!/bin/sh\n[ "$1" = --version ] && echo "Redis server v=7.2.4 sha=0 malloc=libc bits=64 build=0" && exit 0\necho "no luck today"\nexit 1\n',
    );
    chmodSync(broken, 0o755);
    const outcome = await desk.run(['run', 'shop', ...local], { REDIS_SERVER_BIN: broken });
    expect(outcome.code, outcome.output).toBe(4);
    expect(outcome.output).toContain('no luck today');
    expect(lastEntry(desk).ending).toBe('infrastructure-failed');
    await nothingRuns(desk);
  });

  it('k6 killed in the middle', async () => {
    using desk = new Desk();
    desk.scenario(shop());
    const running = desk.start(['run', 'shop', ...local]);
    await running.printed('phase baseline');
    for (const { pid } of processesWith(`ORDEAL_PLAN=${desk.folder}`)) process.kill(pid, 'SIGKILL');
    const outcome = await running.finished();
    expect(outcome.code, outcome.output).toBe(3);
    expect(outcome.output).toContain('k6 was ended by SIGKILL');
    expect(judge(entriesOf(desk.lastRun('shop')!)).judgements.filter((it) => it.outcome === 'met')).toEqual(
      [],
    );
    await nothingRuns(desk);
  });

  it('a dependency that is gone in the middle: which, and the end of its log', async () => {
    using desk = new Desk();
    desk.scenario(shop());
    const running = desk.start(['run', 'shop', ...local]);
    await running.printed('phase baseline');
    const ours = processesWith(`ORDEAL_RUN=${idOf(desk.lastRun('shop')!)}`);
    process.kill(ours.find(({ command }) => command.includes('redis-server'))!.pid, 'SIGKILL');
    const outcome = await running.finished();
    expect(outcome.code, outcome.output).toBe(4);
    expect(outcome.output).toContain('"redis" ended in the middle of the run (killed by SIGKILL)');
    expect(lastEntry(desk).ending).toBe('infrastructure-failed');
    await nothingRuns(desk);
  });

  it.each([
    ['once: heals, reports what it has', 1],
    ['twice: ends at once, the watchdog undoes the rest', 2],
  ])('Ctrl-C %s', async (_, times) => {
    using desk = new Desk();
    desk.scenario(shop());
    const running = desk.start(['run', 'shop', ...local]);
    await running.printed('proved in force');
    running.process.kill('SIGINT');
    if (times === 2) {
      await running.printed('SIGINT: healing');
      running.process.kill('SIGINT');
    }
    const outcome = await running.finished();
    expect(outcome.code, outcome.output).toBe(130);
    await nothingRuns(desk);
    if (times === 2) return;
    expect(outcome.output).toContain('healed: refuse');
    expect(lastEntry(desk)).toMatchObject({ ending: 'interrupted', signal: 'SIGINT' });
  });

  it('two at the same time: both succeed', async () => {
    using desk = new Desk();
    desk.scenario(shop());
    const both = await Promise.all([1, 2].map(() => desk.run(['run', 'shop', ...local])));
    expect(both.map(({ code, output }) => [code, code === 0 ? '' : output])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    await nothingRuns(desk);
  });
});

describe.runIf(onLocal.runs)(onLocal.titled('kill -9 of the harness'), () => {
  it.each(['started redis', 'started target', 'phase baseline', 'proved in force', 'phase recovery'])(
    'after "%s": nothing survives, the journal is read and rendered',
    async (point) => {
      using desk = new Desk();
      desk.scenario(shop());
      const running = desk.start(['run', 'shop', ...local]);
      await running.printed(point);
      running.process.kill('SIGKILL');
      await running.finished();
      await nothingRuns(desk);
      const folder = desk.lastRun('shop')!;
      const report = await desk.run(['report', folder, '--format', 'html']);
      expect(report.code, report.output).toBe(0);
      expect(report.output).toContain('data-testid="verdict"');
      expect((await desk.run(['judge', folder])).code).toBe(3);
    },
  );
});

describe.runIf(inContainers.runs)(inContainers.titled('in containers'), () => {
  it.each<[string, NodeJS.Signals, string]>([
    ['kill -9 while they start', 'SIGKILL', 'stack docker'],
    ['kill -9 under load', 'SIGKILL', 'proved in force'],
    ['Ctrl-C under load', 'SIGINT', 'proved in force'],
  ])('%s: none is left', async (_, signal, point) => {
    using desk = new Desk();
    desk.scenario(shop());
    const running = desk.start(['run', 'shop', ...docker]);
    await running.printed(point);
    if (point === 'stack docker')
      await vi.waitFor(
        async () => expect(await containersOf(engine, desk.runs('shop').map(idOf))).not.toEqual([]),
        20_000,
      );
    running.process.kill(signal);
    await running.finished();
    await nothingRuns(desk);
  });
});
