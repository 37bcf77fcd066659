import type { StateInterval } from '../../harness/observe/breaker.ts';
import type { PhaseWindow, TimeWindow } from '../../harness/observe/observations.ts';
import type { FaultBand } from '../../harness/observe/series.ts';
import { type Axis, percent, seconds } from './axis.ts';
import { html, type Markup } from './markup.ts';

/** The phases, named above the charts. */
export function phaseLane(stretches: readonly PhaseWindow[], axis: Axis): Markup {
  return html`<div class="lane phases" data-testid="phase-lane">${stretches.map(
    (it) =>
      html`<div class="segment ${it.phase}" style="${place(it, axis)}" title="${it.phase}: ${during(it, axis)}"><span>${it.phase}</span></div>`,
  )}</div>`;
}

export type ShownFault = FaultBand & { healed: boolean };

/** Lines where phases begin and bands where a fault is in force, drawn through all charts. */
export function bands(phases: readonly PhaseWindow[], faults: readonly ShownFault[], axis: Axis): Markup {
  const marks = phases
    .slice(1)
    .map((it) => html`<i class="mark" style="left:${percent(it.startMs, axis)}%"></i>`);
  return html`<div class="bands">${marks}${faults.map((it, row) => faultBand(it, row, axis))}<i class="cursor" hidden></i></div>`;
}

function faultBand(it: ShownFault, row: number, axis: Axis): Markup {
  const label = `${it.kind} ${it.link ?? 'in the target'}`;
  const when = `${during(it, axis)}${it.healed ? '' : ', never healed'}`;
  const side = percent(it.startMs, axis) > 60 ? 'left' : 'right';
  return html`<div class="fault-band" data-testid="fault-band" data-from-s="${seconds(it.startMs, axis.originMs)}" data-to-s="${seconds(it.endMs, axis.originMs)}" data-healed="${String(it.healed)}" role="img" aria-label="fault ${label}, in force ${when}" style="${place(it, axis)}"><span class="grows-${side}" style="top:${row * 22}px" title="${label}: ${when}">${label}</span></div>`;
}

const signs = { closed: '●', open: '○', 'half-open': '◐' } as const;

/** One breaker: what it was when, in colour, sign and word. */
export function breakerLane(name: string, stretches: readonly StateInterval[], axis: Axis): Markup {
  const changes = stretches
    .slice(0, 24)
    .map((it) => `${it.state} from ${seconds(it.startMs, axis.originMs)} s`);
  const more = stretches.length > 24 ? `, and ${stretches.length - 24} more changes` : '';
  return html`<figure class="chart breaker"><figcaption><h3>Breaker ${name}</h3>${(
    ['closed', 'half-open', 'open'] as const
  ).map(
    (state) =>
      html`<span class="key state ${state}"><b aria-hidden="true">${signs[state]}</b>${state}</span>`,
  )}<span class="summary">${opened(stretches)}</span></figcaption>
<div class="plot"><span></span><div class="lane" data-testid="breaker-lane" data-breaker="${name}" role="img" aria-label="Breaker ${name}: ${changes.join(', ')}${more}">${drawable(
    stretches,
    axis,
  ).map(
    (it) =>
      html`<div class="segment ${it.state}" data-state="${it.state}" style="${place(it, axis)}" title="${it.state}: ${during(it, axis)}"><span>${signs[it.state]} <em>${it.state}</em></span></div>`,
  )}</div></div></figure>`;
}

function opened(stretches: readonly StateInterval[]): string {
  const times = stretches.filter(
    (it, index) => it.state === 'open' && stretches[index - 1]?.state !== 'half-open',
  ).length;
  const probes = stretches.filter((it) => it.state === 'half-open').length;
  if (times === 0) return 'never opened';
  return `opened ${times === 1 ? 'once' : `${times} times`}, half-open ${probes === 1 ? 'once' : `${probes} times`}`;
}

/** At most one stretch too short to see per 600th of the axis: a breaker that flaps for an hour stays small. */
function drawable(stretches: readonly StateInterval[], axis: Axis): readonly StateInterval[] {
  const least = (axis.endMs - axis.startMs) / 600;
  const drawn: StateInterval[] = [];
  for (const it of stretches) {
    const last = drawn.at(-1);
    if (last !== undefined && it.endMs - it.startMs < least && last.endMs - last.startMs < least)
      last.endMs = it.endMs;
    else if (last?.state === it.state) last.endMs = it.endMs;
    else drawn.push({ ...it });
  }
  return drawn;
}

function place(it: TimeWindow, axis: Axis): string {
  const left = percent(it.startMs, axis);
  return `left:${left}%;width:${Math.round((percent(it.endMs, axis) - left) * 100) / 100}%`;
}

function during(it: TimeWindow, axis: Axis): string {
  return `${seconds(it.startMs, axis.originMs)} s to ${seconds(it.endMs, axis.originMs)} s`;
}
