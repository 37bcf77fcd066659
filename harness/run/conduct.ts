import type { InjectedFault } from '../faults/fault.ts';
import type { Entry } from '../journal/entry.ts';
import type { Fault, Phase, Scenario } from '../scenario/scenario.ts';
import { type Moment, timeline } from '../scenario/timeline.ts';
import type { Prover } from './prover.ts';
import { until } from './until.ts';

export interface ConductOptions {
  scenario: Scenario;
  prover: Prover;
  inject(fault: Fault, signal: AbortSignal): Promise<InjectedFault>;
  nowMs(): number;
  signal: AbortSignal;
  record(entry: Entry): void;
  step(text: string): void;
  onPhase(phase: Phase, endsAtMs: number): void;
}

/**
 * Walks the timeline from now to the end of the load: announces phases, injects and heals. Whatever happens, every
 * fault that went in is healed when this returns or throws.
 */
export async function conduct(options: ConductOptions): Promise<void> {
  const { scenario, nowMs, signal } = options;
  const beganMs = nowMs();
  const injected = new Map<number, InjectedFault>();
  try {
    for (const moment of timeline(scenario)) {
      await until(beganMs + moment.atMs, nowMs, signal);
      await act(moment, beganMs, injected, options);
    }
  } finally {
    for (const index of [...injected.keys()]) await heal(index, injected, options);
  }
}

async function act(
  moment: Moment,
  beganMs: number,
  injected: Map<number, InjectedFault>,
  options: ConductOptions,
): Promise<void> {
  const { record, nowMs } = options;
  switch (moment.do) {
    case 'phase':
      record({ kind: 'phase', atMs: nowMs(), phase: moment.phase });
      options.onPhase(moment.phase, beganMs + moment.atMs + options.scenario.phasesMs[moment.phase]);
      return;
    case 'end':
      record({ kind: 'phase', atMs: nowMs(), phase: 'end' });
      return;
    case 'inject':
      return injectOne(moment.index, injected, options);
    case 'heal':
      return healAndSee(moment.index, injected, options);
  }
}

async function injectOne(
  index: number,
  injected: Map<number, InjectedFault>,
  options: ConductOptions,
): Promise<void> {
  const { fault } = options.scenario.faults[index]!;
  await options.prover.see(index, options.signal);
  await options.prover.change(
    index,
    'during',
    async () => {
      const active = await options.inject(fault, options.signal);
      injected.set(index, active);
      return active;
    },
    options.signal,
  );
  options.record({ kind: 'fault', atMs: options.nowMs(), index, fault, event: 'injected' });
  options.step(`injected: ${describeFault(fault)}`);
  await options.prover.see(index, options.signal);
  options.step(`proved in force: ${describeFault(fault)}`);
}

async function healAndSee(
  index: number,
  injected: Map<number, InjectedFault>,
  options: ConductOptions,
): Promise<void> {
  await options.prover.change(
    index,
    'after',
    async () => {
      await heal(index, injected, options);
      return undefined;
    },
    options.signal,
  );
  options.step(`proved healed: the link "${options.scenario.faults[index]!.fault.link}" works again`);
}

async function heal(
  index: number,
  injected: Map<number, InjectedFault>,
  options: ConductOptions,
): Promise<void> {
  const active = injected.get(index);
  if (!active) return;
  injected.delete(index);
  await active[Symbol.asyncDispose]();
  options.record({ kind: 'fault', atMs: options.nowMs(), index, fault: active.fault, event: 'healed' });
  options.step(`healed: ${describeFault(active.fault)}`);
}

/** A fault in a few words. */
function describeFault(fault: Fault): string {
  if (fault.kind !== 'delay') return `${fault.kind} on the link "${fault.link}"`;
  return `delay of ${fault.latencyMs} ± ${fault.jitterMs} ms on the link "${fault.link}"`;
}
