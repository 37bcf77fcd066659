import { scaleLinear } from 'd3-scale';
import type { Observations } from '../../harness/observe/observations.ts';
import { type Point, type Series, seriesOf } from '../../harness/observe/series.ts';
import { quantity } from '../numbers.ts';
import { type Axis, axisOf, bucketOf, percent } from './axis.ts';
import { chart } from './chart.ts';
import { charts } from './charts.ts';
import { bands, breakerLane, phaseLane } from './lanes.ts';
import { html, jsonIsland, type Markup } from './markup.ts';
import { phaseTable } from './phase-table.ts';

/** Everything over time, on one axis: phases, faults, four charts, one lane per breaker. */
export function evidence(seen: Observations | undefined): Markup {
  const axis = seen && axisOf(seen);
  return html`<section aria-labelledby="over-time"><h2 id="over-time">Over time</h2>${
    seen === undefined || axis === undefined
      ? html`<p class="empty">No phase began, so there is nothing to draw.</p>`
      : html`${timeline(seen, axis)}${phaseTable(seen)}`
  }</section>`;
}

function timeline(seen: Observations, axis: Axis): Markup {
  const requests = seen.requests.startMs.length;
  const series = seriesOf(seen, bucketOf(axis, requests));
  const points = series.points.filter(longEnough(series));
  const at = points.map((it) => percent((it.startMs + it.endMs) / 2, axis) * 10);
  const faults = series.faults.map((it) => ({
    ...it,
    healed: seen.faults[it.index]?.healedMs !== undefined,
  }));
  return html`<div class="timeline" id="timeline" style="--faults:${faults.length}">
${bands(series.phases, faults, axis)}
<div class="plot"><span></span>${phaseLane(series.phases, axis)}</div>
<div class="fault-room"></div>
${charts({ points, at, scenario: seen.run.scenario, requests }).map(chart)}
${series.breakers.map(({ breaker, intervals }) => breakerLane(breaker, intervals, axis))}
${timeAxis(axis)}
</div>
<script type="application/json" id="readings">${readings(points, series.bucketMs, axis)}</script>`;
}

/** A last bucket of a few requests would end every line with a jump that means nothing. */
function longEnough({ bucketMs }: Series): (it: Point) => boolean {
  return (it) => it.endMs - it.startMs >= bucketMs / 2;
}

function timeAxis(axis: Axis): Markup {
  const toSeconds = (atMs: number) => (atMs - axis.originMs) / 1000;
  const scale = scaleLinear().domain([toSeconds(axis.startMs), toSeconds(axis.endMs)]);
  const ticks = scale.ticks(10).map((second, index) => {
    const x = percent(axis.originMs + second * 1000, axis);
    return html`<text class="${index % 2 === 0 ? 'even' : 'odd'}" x="${x}%" y="12" text-anchor="middle">${second}</text>`;
  });
  return html`<div class="plot time"><span></span><svg class="x" role="img" aria-label="seconds since the start of the run">${ticks}<text class="title" x="50%" y="32" text-anchor="middle">seconds since the start of the run</text></svg></div>`;
}

/** What the legends show while a pointer is over the charts: already rounded, so that only one place rounds. */
function readings(points: readonly Point[], bucketMs: number, { originMs, startMs, endMs }: Axis): Markup {
  const column = (value: (it: Point) => number | undefined, unit: 'ms' | 'ratio' | 'count') =>
    points.map((it) => {
      const known = value(it);
      if (known === undefined) return '–';
      return Number.isFinite(known) ? quantity(known, unit) : 'no answer';
    });
  return jsonIsland({
    fromS: (startMs - originMs) / 1000,
    spanS: (endMs - startMs) / 1000,
    bucketS: bucketMs / 1000,
    series: {
      p50: column((it) => it.p50Ms, 'ms'),
      p95: column((it) => it.p95Ms, 'ms'),
      p99: column((it) => it.p99Ms, 'ms'),
      rate: column((it) => it.perSecond, 'count'),
      errors: column((it) => it.errorRatio, 'ratio'),
      hits: column((it) => it.hitRatio, 'ratio'),
    },
  });
}
