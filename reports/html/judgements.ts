import type { Judgement } from '../../harness/verdict/verdict.ts';
import { count, interval, limit, observed } from '../numbers.ts';
import { because, byClaim, signs } from '../words.ts';
import { gauge } from './gauge.ts';
import { html, type Markup } from './markup.ts';

/** Every judgement, claim by claim. On a narrow page each row becomes a card; its roles keep it a table. */
export function judgements(all: readonly Judgement[], traceIds: ReadonlySet<string>): Markup {
  if (all.length === 0)
    return html`<section><h2>Judgements</h2><p class="empty">Nothing was judged.</p></section>`;
  return html`<section aria-labelledby="judgements"><h2 id="judgements">Judgements</h2>
<table class="judgements" role="table"><thead role="rowgroup"><tr role="row">${[
    'Outcome',
    'Phase',
    'Observed',
    '95 % interval',
    'Limit',
    'Against the limit',
    'Samples',
  ].map(
    (title, index) => html`<th role="columnheader" scope="col" class="c${index}">${title}</th>`,
  )}</tr></thead>${[...byClaim(all)].map(([claim, rows]) => group(claim, rows, traceIds))}</table></section>`;
}

function group(claim: string, rows: readonly Judgement[], traceIds: ReadonlySet<string>): Markup {
  return html`<tbody role="rowgroup"><tr role="row" class="claim"><th role="rowheader" scope="rowgroup" colspan="7">${claim}</th></tr>${rows.map((it) => row(it, traceIds))}</tbody>`;
}

function row(it: Judgement, traceIds: ReadonlySet<string>): Markup {
  const reason = because(it);
  return html`<tr role="row" class="${it.outcome}" data-testid="judgement" data-outcome="${it.outcome}">
<td role="cell" class="c0"><span class="pill ${it.outcome}"><b aria-hidden="true">${signs[it.outcome]}</b> ${it.outcome}</span></td>
<td role="cell" class="c1">${it.phase === 'run' ? 'whole run' : it.phase}</td>
<td role="cell" class="c2 number">${observed(it)}</td><td role="cell" class="c3 number">${interval(it)}</td>
<td role="cell" class="c4 number">${limit(it)}</td><td role="cell" class="c5">${gauge(it)}</td><td role="cell" class="c6 number">${count(it.samples)}</td></tr>${
    reason !== '' &&
    html`<tr role="row" class="because ${it.outcome}"><td role="cell" colspan="7">${linked(reason, traceIds)}</td></tr>`
  }`;
}

/** A trace that is on the page can be reached from where it is named. */
function linked(reason: string, traceIds: ReadonlySet<string>): readonly (Markup | string)[] {
  return reason
    .split(/\b([0-9a-f]{32})\b/)
    .map((part) => (traceIds.has(part) ? html`<a href="#trace-${part}">${part}</a>` : part));
}
