import { html, Markup } from '../../../reports/html/markup.ts';
import { style as reportStyle } from '../../../reports/html/style.ts';
import { moment } from '../../../reports/numbers.ts';
import { charts } from './charts.ts';
import { figure, longTime, seconds } from './figures.ts';
import { rateOf } from './markdown.ts';
import { judge } from './objectives.ts';
import type { OperationalReport } from './report.ts';
import { style } from './style.ts';
import { type Row, type Table, tablesOf } from './tables.ts';

/** One HTML file that needs nothing else and runs no script. */
export function renderHtml(report: OperationalReport): string {
  const { job, window } = report;
  const title = `${job}: ${longTime(window.endMs - window.startMs)} to ${moment(window.endMs)}`;
  const [promises, ...tables] = tablesOf(report);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
<title>${title}</title><link rel="icon" href="data:,">
<style>${new Markup(reportStyle)}${new Markup(style)}</style></head>
<body><main>
${head(report)}
${section(promises!)}
<section aria-labelledby="over-time"><h2 id="over-time">Over time</h2>${charts(report)}</section>
<div class="pairs">${tables.map(section)}</div>
</main></body></html>
`.text;
}

function head(report: OperationalReport): Markup {
  const { job, window, headline, before, missing, madeAtMs } = report;
  const judged = judge(headline, before);
  const broken = judged.filter(({ outcome }) => outcome === 'violated').length;
  const known = judged.filter(({ outcome }) => outcome !== 'no data').length;
  const tone = broken > 0 ? 'violated' : known === 0 ? 'inconclusive' : 'met';
  const word =
    broken > 0 ? `${broken} of ${known} broken` : known === 0 ? 'no data' : `${known} of ${known} kept`;
  const sign = { met: '✓', violated: '✗', inconclusive: '?' }[tone];
  const facts = [
    ['From', moment(window.startMs)],
    ['To', moment(window.endMs)],
    ['Requests', `${figure(headline.requests, 'count')} (${rateOf(report)}/s)`],
    ['Requests before', figure(before.requests, 'count')],
    ['P95', seconds(headline.p95S)],
    ['Failed', figure(headline.failedShare, 'ratio')],
    ['Users at once', figure(headline.users, 'count')],
    ['Made', moment(madeAtMs)],
  ];
  return html`<header class="hero ${tone}"><p class="brand">Ordeal <span>operational report, ${longTime(window.endMs - window.startMs)}</span></p>
<div class="outcome"><span class="sign" aria-hidden="true">${sign}</span><div><h1>${job}, promises</h1><p class="word" data-testid="verdict">${word}</p></div></div></header>
${missing.length > 0 && html`<div class="notice doubt" role="note" data-testid="missing"><strong>What did not answer</strong><ul>${missing.map((it) => html`<li>${it}</li>`)}</ul></div>`}
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function section({ id, title, lead, wide, columns, rows, empty }: Table): Markup {
  return html`<section class="${wide === true && 'wide'}" aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${lead !== undefined && rows.length > 0 && html`<p class="lead">${lead}</p>`}
${
  rows.length === 0
    ? html`<p class="empty">${empty}</p>`
    : html`<div class="scroll" role="region" aria-labelledby="${id}" tabindex="0"><table class="plain" data-testid="${id}"><thead><tr>${columns.map((name) => html`<th scope="col" class="${name.startsWith('#') && 'number'}">${name.replace('#', '')}</th>`)}</tr></thead><tbody>${rows.map((it) => row(it, columns))}</tbody></table></div>`
}</section>`;
}

function row({ cells, tone }: Row, columns: readonly string[]): Markup {
  const [first, ...others] = cells;
  return html`<tr class="${tone}"><th scope="row">${tone ? html`<span class="pill">${first}</span>` : first}</th>${others.map((it, at) => html`<td class="${columns[at + 1]!.startsWith('#') && 'number'}">${it}</td>`)}</tr>`;
}
