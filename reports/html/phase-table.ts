import type { Observations, PhaseWindow } from '../../harness/observe/observations.ts';
import { nearestRank } from '../../harness/observe/quantile.ts';
import { failed, requestsIn } from '../../harness/observe/requests.ts';
import { count, duration, quantity } from '../numbers.ts';
import { html, type Markup } from './markup.ts';

const percentiles = [0.5, 0.95, 0.99];

/** The charts in figures, phase by phase; also what a reader gets who cannot see them. */
export function phaseTable(seen: Observations): Markup {
  const titles = ['Took', 'Requests', 'Per second', 'P50', 'P95', 'P99', 'Errors'];
  return html`<div class="scroll spaced" role="region" aria-label="figures by phase" tabindex="0"><table class="plain" data-testid="by-phase"><thead><tr><th scope="col">Phase</th>${titles.map(
    (it) => html`<th scope="col" class="number">${it}</th>`,
  )}</tr></thead><tbody>${seen.phases.map((phase) => row(seen, phase))}</tbody></table></div>`;
}

function row({ requests }: Observations, phase: PhaseWindow): Markup {
  const indexes = requestsIn(requests, phase);
  const sorted = Float64Array.from(indexes, (it) => requests.durationMs[it]!).sort();
  const errors = indexes.filter((it) => failed(requests.status[it]!)).length;
  const spanMs = phase.endMs - phase.startMs;
  const cells = [
    duration(spanMs),
    count(indexes.length),
    spanMs === 0 ? '–' : quantity((indexes.length / spanMs) * 1000, 'count'),
    ...percentiles.map((p) => (indexes.length === 0 ? '–' : quantity(nearestRank(sorted, p), 'ms'))),
    indexes.length === 0 ? '–' : `${count(errors)} (${quantity(errors / indexes.length, 'ratio')})`,
  ];
  return html`<tr><th scope="row">${phase.phase}</th>${cells.map((it) => html`<td class="number">${it}</td>`)}</tr>`;
}
