import type { InjectedFault } from '../faults/fault.ts';
import type { Entry } from '../journal/entry.ts';
import { isLinkFault, linkOf, placeOf } from '../scenario/place.ts';
import type { Fault, Phase, Scenario } from '../scenario/scenario.ts';
import { type Moment, timeline } from '../scenario/timeline.ts';
import type { Prover } from './prover.ts';
import { until } from './until.ts';

export interface ConductOptions {
  scenario: Scenario;
  prover: Prover;
  inject(fault: Fault, signal: AbortSignal, forMs: number): Promise<InjectedFault>;
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
    for (const index of scenario.faults.keys()) await seeHealed(index, options);
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
  const { prover, signal, scenario } = options;
  const { fault, atMs, forMs = scenario.phasesMs.fault - atMs } = scenario.faults[index]!;
  // Looking at the target takes a second, in which the phase would run without its fault: that it was seen will do.
  await (isLinkFault(fault) ? prover.see(index, signal) : prover.ensureSeen(index, signal));
  await prover.change(index, 'during', async () => {
    const active = await options.inject(fault, signal, forMs);
    injected.set(index, active);
    return active;
  });
  options.record({ kind: 'fault', atMs: options.nowMs(), index, fault, event: 'injected' });
  options.step(`injected: ${describeFault(fault)}`);
  await prover.see(index, signal);
  options.step(`proved in force: ${describeFault(fault)}`);
}

async function healAndSee(
  index: number,
  injected: Map<number, InjectedFault>,
  options: ConductOptions,
): Promise<void> {
  await options.prover.change(index, 'after', async () => {
    await heal(index, injected, options);
    return undefined;
  });
  // The look at the target takes a second and would delay the next phase: it is made beside it.
  const { fault } = options.scenario.faults[index]!;
  if (!isLinkFault(fault)) return;
  await options.prover.see(index, options.signal);
  options.step(`proved healed: the link "${fault.link}" works again`);
}

/** By the end of the load the watch has seen it, unless the heal was the last thing that happened. */
async function seeHealed(index: number, options: ConductOptions): Promise<void> {
  const { fault } = options.scenario.faults[index]!;
  if (isLinkFault(fault)) return;
  await options.prover.ensureSeen(index, options.signal);
  options.step(`proved healed: the target works as without ${fault.kind}`);
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
  const what =
    fault.kind === 'delay' ? `delay of ${fault.latencyMs} ± ${fault.jitterMs} ms` : (fault.kind as string);
  return `${what} ${placeOf(linkOf(fault).link)}`;
}
