import { html, type Markup } from './markup.ts';
import {
  type Axis,
  type BreakerStretch,
  type FaultStretch,
  percent,
  type Stretch,
  seconds,
} from './timeline.ts';

/** The phases, named above the charts. */
export function phaseLane(stretches: readonly (Stretch & { phase: string })[], axis: Axis): Markup {
  return html`<div class="lane phases" data-testid="phase-lane">${stretches.map(
    (it) =>
      html`<div class="segment ${it.phase}" style="${place(it, axis)}" title="${it.phase}: ${during(it, axis)}"><span>${it.phase}</span></div>`,
  )}</div>`;
}

/** Lines where phases begin and bands where a fault is in force, drawn through all charts. */
export function bands(phases: readonly Stretch[], faults: readonly FaultStretch[], axis: Axis): Markup {
  const marks = phases
    .slice(1)
    .map((it) => html`<i class="mark" style="left:${percent(it.fromMs, axis)}%"></i>`);
  return html`<div class="bands">${marks}${faults.map((it, row) => faultBand(it, row, axis))}<i class="cursor" hidden></i></div>`;
}

function faultBand(it: FaultStretch, row: number, axis: Axis): Markup {
  const when = `${during(it, axis)}${it.healed ? '' : ', never healed'}`;
  const side = percent(it.fromMs, axis) > 60 ? 'left' : 'right';
  return html`<div class="fault" data-testid="fault-band" data-from-s="${seconds(it.fromMs, axis)}" data-to-s="${seconds(it.toMs, axis)}" data-healed="${String(it.healed)}" role="img" aria-label="fault ${it.label}, in force ${when}" style="${place(it, axis)}"><span class="grows-${side}" style="top:${row * 22}px" title="${it.label}: ${when}">${it.label}</span></div>`;
}

const signs = { closed: '●', open: '○', 'half-open': '◐' } as const;

/** One breaker: what it was when, in colour, sign and word. */
export function breakerLane(name: string, stretches: readonly BreakerStretch[], axis: Axis): Markup {
  const visible = stretches.filter((it) => it.toMs > axis.fromMs && it.fromMs < axis.toMs);
  const changes = stretches.slice(0, 24).map((it) => `${it.state} from ${seconds(it.fromMs, axis)} s`);
  const more = stretches.length > 24 ? `, and ${stretches.length - 24} more changes` : '';
  return html`<figure class="chart breaker"><figcaption><h3>Breaker ${name}</h3>${(
    ['closed', 'half-open', 'open'] as const
  ).map(
    (state) =>
      html`<span class="key state ${state}"><b aria-hidden="true">${signs[state]}</b>${state}</span>`,
  )}<span class="summary">${opened(stretches)}</span></figcaption>
<div class="plot"><span></span><div class="lane" data-testid="breaker-lane" data-breaker="${name}" role="img" aria-label="Breaker ${name}: ${changes.join(', ')}${more}">${drawable(
    visible,
    axis,
  ).map(
    (it) =>
      html`<div class="segment ${it.state}" data-state="${it.state}" style="${place(it, axis)}" title="${it.state}: ${during(it, axis)}"><span>${signs[it.state]} ${it.state}</span></div>`,
  )}</div></div></figure>`;
}

function opened(stretches: readonly BreakerStretch[]): string {
  const times = stretches.filter(
    (it, index) => it.state === 'open' && stretches[index - 1]?.state !== 'half-open',
  ).length;
  const probes = stretches.filter((it) => it.state === 'half-open').length;
  if (times === 0) return 'never opened';
  return `opened ${times === 1 ? 'once' : `${times} times`}, half-open ${probes === 1 ? 'once' : `${probes} times`}`;
}

/** At most one stretch too short to see per 600th of the axis: a breaker that flaps for an hour stays small. */
function drawable(stretches: readonly BreakerStretch[], axis: Axis): readonly BreakerStretch[] {
  const least = (axis.toMs - axis.fromMs) / 600;
  const drawn: BreakerStretch[] = [];
  for (const it of stretches) {
    const last = drawn.at(-1);
    if (last !== undefined && it.toMs - it.fromMs < least && last.toMs - last.fromMs < least)
      last.toMs = it.toMs;
    else if (last?.state === it.state) last.toMs = it.toMs;
    else drawn.push({ ...it });
  }
  return drawn;
}

function place(it: Stretch, axis: Axis): string {
  const left = percent(it.fromMs, axis);
  return `left:${left}%;width:${Math.round((percent(it.toMs, axis) - left) * 100) / 100}%`;
}

function during(it: Stretch, axis: Axis): string {
  return `${seconds(it.fromMs, axis)} s to ${seconds(it.toMs, axis)} s`;
}
