import { scaleLinear } from 'd3-scale';
import { quantity } from '../numbers.ts';
import { chart } from './chart.ts';
import { charts } from './charts.ts';
import { bands, breakerLane, phaseLane } from './lanes.ts';
import { html, jsonIsland, type Markup } from './markup.ts';
import type { Bucket } from './series.ts';
import type { Story } from './story.ts';
import { type Axis, breakerStretches, faultStretches, percent, phaseStretches } from './timeline.ts';

/** Everything over time, on one axis: phases, faults, four charts, one lane per breaker. */
export function evidence(story: Story, buckets: readonly Bucket[], bucketMs: number, axis: Axis): Markup {
  const phases = phaseStretches(story, axis);
  const faults = faultStretches(story, axis);
  const reach = (buckets.length * bucketMs) / (axis.toMs - axis.fromMs);
  const drawn = charts({ buckets, reach, scenario: story.run?.scenario, requests: story.sums.requests });
  return html`<section aria-labelledby="over-time"><h2 id="over-time">Over time</h2>
<div class="timeline" id="timeline" style="--faults:${faults.length}">
${bands(phases, faults, axis)}
<div class="plot"><span></span>${phaseLane(phases, axis)}</div>
<div class="fault-room"></div>
${drawn.map(chart)}
${[...breakerStretches(story, axis)].map(([name, lane]) => breakerLane(name, lane, axis))}
${timeAxis(axis)}
</div>
<script type="application/json" id="readings">${readings(buckets, bucketMs, axis)}</script></section>`;
}

function timeAxis(axis: Axis): Markup {
  const toSeconds = (atMs: number) => (atMs - axis.originMs) / 1000;
  const scale = scaleLinear([toSeconds(axis.fromMs), toSeconds(axis.toMs)]);
  const ticks = scale.ticks(8).map((second, index) => {
    const x = percent(axis.originMs + second * 1000, axis);
    return html`<text class="${index % 2 === 0 ? 'even' : 'odd'}" x="${x}%" y="14" text-anchor="middle">${second}</text>`;
  });
  return html`<div class="plot time"><span></span><svg class="x" role="img" aria-label="seconds since the start of the run">${ticks}<text class="title" x="50%" y="32" text-anchor="middle">seconds since the start of the run</text></svg></div>`;
}

/** What the legends show while a pointer is over the charts: already rounded, so that only one place rounds. */
function readings(buckets: readonly Bucket[], bucketMs: number, { originMs, fromMs, toMs }: Axis): Markup {
  const column = (value: (it: Bucket) => number | undefined, unit: 'ms' | 'ratio' | 'count') =>
    buckets.map((it) => {
      const known = value(it);
      return known === undefined ? '–' : quantity(known, unit);
    });
  return jsonIsland({
    fromS: (fromMs - originMs) / 1000,
    spanS: (toMs - fromMs) / 1000,
    bucketS: bucketMs / 1000,
    series: {
      p50: column((it) => it.p50Ms, 'ms'),
      p95: column((it) => it.p95Ms, 'ms'),
      p99: column((it) => it.p99Ms, 'ms'),
      rate: column((it) => it.requestsPerSecond, 'count'),
      errors: column((it) => it.errorRate, 'ratio'),
      hits: column((it) => it.hitRate, 'ratio'),
    },
  });
}
