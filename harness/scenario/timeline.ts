import type { Phase, Scenario } from './scenario.ts';
import { phases } from './scenario.ts';

/** What has to happen at `atMs` after the load began. */
export type Moment = { atMs: number } & (
  | { do: 'phase'; phase: Phase }
  | { do: 'inject'; index: number }
  | { do: 'heal'; index: number }
  | { do: 'end' }
);

/**
 * The plan of a run over time, in order. A phase of 0 ms is left out. At the same moment a heal comes before the
 * next phase (recovery starts with the fault gone) and a phase before an injection.
 *
 *     warmup │ baseline │ fault        │ recovery │ end
 *                       ╰ inject … heal ╯
 */
export function timeline(scenario: Pick<Scenario, 'phasesMs' | 'faults'>): Moment[] {
  const moments: Moment[] = [];
  let atMs = 0;
  for (const phase of phases) {
    const lengthMs = scenario.phasesMs[phase];
    if (lengthMs === 0) continue;
    moments.push({ atMs, do: 'phase', phase });
    if (phase === 'fault') moments.push(...faultMoments(scenario, atMs, lengthMs));
    atMs += lengthMs;
  }
  moments.push({ atMs, do: 'end' });
  return moments.sort((a, b) => a.atMs - b.atMs || order[a.do] - order[b.do]);
}

const order = { heal: 0, phase: 1, inject: 2, end: 3 } as const;

function faultMoments(scenario: Pick<Scenario, 'faults'>, phaseAtMs: number, phaseMs: number): Moment[] {
  return scenario.faults.flatMap(({ atMs, forMs }, index): Moment[] => [
    { atMs: phaseAtMs + atMs, do: 'inject', index },
    { atMs: phaseAtMs + atMs + (forMs ?? phaseMs - atMs), do: 'heal', index },
  ]);
}

/** How long the load lasts, in ms. */
export function durationMs(scenario: Pick<Scenario, 'phasesMs'>): number {
  return phases.reduce((sum, phase) => sum + scenario.phasesMs[phase], 0);
}
