import { describe, expect, it, vi } from 'vitest';
import type { EndEntry, ProofEntry, RunEntry } from '../journal/entry.ts';
import type { ScenarioInput } from '../scenario/scenario.ts';
import { needs } from '../setup/fixtures/parts.ts';
import { judge } from '../verdict/judge.ts';
import { Desk, entriesOf, outcomes } from './ordeal.ts';
import { processesWith } from './processes.ts';
import { fixture } from './shop.ts';

type Fault = NonNullable<ScenarioInput['faults']>[number]['fault'];

const scenario = (fault: Fault, overrides: Partial<ScenarioInput> = {}): ScenarioInput => ({
  name: 'names',
  description: 'A fault within a small service.',
  target: {
    command: ['node', fixture('names.mjs')],
    env: { PORT: '{target.port}' },
    ready: { path: '/health' },
  },
  stack: {},
  load: { ratePerSecond: 50, requests: [{ name: 'name', path: '/' }] },
  phasesMs: { warmup: 1000, baseline: 2500, fault: 5000, recovery: 3000 },
  faults: [{ fault }],
  hypothesis: [{ kind: 'error-rate', max: 0.05, phases: ['baseline', 'recovery'] }],
  ...overrides,
});
const command = ['run', 'names', '--stack', 'local', '--seed', '7'];
const { runs, titled } = await needs('k6');

const cases: [Fault, RegExp][] = [
  [{ kind: 'block-event-loop', blockMs: 300 }, /^the slowest of \d+ answers took \d{3} ms/],
  [{ kind: 'allocate-heap', sizeMb: 256 }, /^\d+ MB in use, \+\d+ MB since before$/],
  [{ kind: 'burn-cpu', cores: 0.5 }, /^[\d.]+ cores in use, \+0\.\d+ since before$/],
  [{ kind: 'slow-dns', latencyMs: 200 }, /^the target says of itself: "localhost" was found after 2\d\d/],
  [
    { kind: 'fail-dns', code: 'EAI_AGAIN', names: ['localhost'] },
    /^the target says of itself: "localhost" failed with EAI_AGAIN/,
  ],
  [{ kind: 'skew-clock', skewMs: -3_600_000 }, /^the target says of itself: .* off by -3600\.\d s$/],
];

describe.runIf(runs)(titled('a fault within the target'), () => {
  it.each(cases)('$kind is proved in force, and gone after', async (fault, detail) => {
    using desk = new Desk();
    desk.scenario(scenario(fault));
    const outcome = await desk.runUndisturbed(command, ({ code }) => code === 0);
    const entries = entriesOf(desk.lastRun('names')!);
    const proofs = entries.filter((it): it is ProofEntry => it.kind === 'proof');
    expect(outcome.code, outcome.output).toBe(0);
    for (const [moment, seen] of [
      ['before', 'works'],
      ['during', 'affected'],
      ['after', 'works'],
    ] as const) {
      const there = proofs.filter((it) => it.moment === moment);
      expect(there.length, moment).toBeGreaterThan(0);
      expect(there.filter((it) => it.seen !== seen || !it.proved)).toEqual([]);
    }
    expect(proofs.find((it) => it.moment === 'during')!.detail).toMatch(detail);
  });

  it('is felt by the service', async () => {
    using desk = new Desk();
    desk.scenario(
      scenario(
        { kind: 'fail-dns' },
        { hypothesis: [{ kind: 'error-rate', max: 0.05, phases: ['baseline', 'fault', 'recovery'] }] },
      ),
    );
    const outcome = await desk.runUndisturbed(command, ({ code }) => code === 1);
    expect(outcome.code, outcome.output).toBe(1);
    expect(outcomes(judge(entriesOf(desk.lastRun('names')!)))).toEqual(
      expect.arrayContaining([
        'error-rate baseline: met',
        'error-rate fault: violated',
        'error-rate recovery: met',
      ]),
    );
  });

  it.each<[string, Fault, Partial<ScenarioInput>, RegExp]>([
    [
      'a target that nobody can reach from within',
      { kind: 'skew-clock', skewMs: 5000 },
      {
        target: {
          command: ['node', fixture('names.mjs')],
          env: { PORT: '{target.port}', ORDEAL_CONTROL: '127.0.0.1:9' },
          ready: { path: '/health' },
        },
      },
      /^No process of the target came to the control channel/,
    ],
    [
      'a heap too small for what is asked',
      { kind: 'allocate-heap', sizeMb: 512 },
      {
        target: {
          command: ['node', '--max-old-space-size=256', fixture('names.mjs')],
          env: { PORT: '{target.port}' },
          ready: { path: '/health' },
        },
      },
      /it refused: expected at most \d+ MB of heap in use/,
    ],
  ])('%s is a failure of the harness: exit 3, nothing met', async (_, fault, overrides, message) => {
    using desk = new Desk();
    desk.scenario(scenario(fault, overrides));
    const outcome = await desk.run(command);
    expect(outcome.code, outcome.output).toBe(3);
    const entries = entriesOf(desk.lastRun('names')!);
    expect((entries.at(-1) as EndEntry).message).toMatch(message);
    expect(judge(entries).judgements.filter((it) => it.outcome === 'met')).toEqual([]);
  });

  it('does not outlive a harness that is killed', async () => {
    using desk = new Desk();
    desk.scenario(scenario({ kind: 'burn-cpu', cores: 0.5 }));
    const running = desk.start(command);
    await running.printed('proved in force: burn-cpu in the target');
    running.process.kill('SIGKILL');
    await running.finished();
    const { id } = entriesOf(desk.lastRun('names')!)[0] as RunEntry;
    await vi.waitFor(() => expect(processesWith(`ORDEAL_RUN=${id}`)).toEqual([]), { timeout: 20_000 });
  });

  it('is checked before anything is started', async () => {
    using desk = new Desk();
    const target = { ...scenario({ kind: 'fail-dns' }).target, preload: false };
    desk.scenario(
      scenario(
        { kind: 'block-event-loop', blockMs: 600 },
        {
          target,
          faults: [
            { fault: { kind: 'block-event-loop', blockMs: 600 } },
            { fault: { kind: 'block-event-loop', blockMs: 60 }, forMs: 500 },
          ],
        },
      ),
    );
    const outcome = await desk.run(['check']);
    expect(outcome.code).toBe(78);
    for (const problem of [
      'faults[0].fault: expected target.preload',
      'faults[0].fault.everyMs: expected at least twice blockMs (1200)',
      'faults[1]: expected block-event-loop to be in force for at least 4000 ms',
      'faults[1]: expected one fault at a time of the kind block-event-loop',
    ])
      expect(outcome.output).toContain(problem);
    desk.scenario(scenario({ kind: 'skew-clock', skewMs: 10 }));
    expect((await desk.run(['check'])).output).toContain('at least 1000 ms');
  });
});
