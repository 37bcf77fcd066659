import type { Observations } from '../../harness/observe/observations.ts';
import type { Verdict } from '../../harness/verdict/verdict.ts';
import { dashboardLinks } from '../dashboards.ts';
import { count, duration, moment } from '../numbers.ts';
import { ending, signs, tally } from '../words.ts';
import { followable, html, type Markup } from './markup.ts';

/** What a reader must know after one second: the outcome, of what, and whether the record can be trusted. */
export function head(verdict: Verdict, seen: Observations | undefined, folder: string): Markup {
  const { outcome, scenario } = verdict;
  return html`<header class="hero ${outcome}">
<p class="brand">Ordeal <span>run report</span></p>
<div class="outcome"><span class="sign" aria-hidden="true">${signs[outcome]}</span>
<div><h1>${scenario}</h1><p class="word" data-testid="verdict" data-outcome="${outcome}">${outcome}</p></div></div>
${seen && html`<p class="about">${seen.run.scenario.description}</p>`}
<p class="tally">${tally(verdict.judgements)} <span>exit code ${verdict.exitCode}</span></p>
</header>
${notices(verdict, seen)}
${facts(verdict, seen, folder)}`;
}

function notices(verdict: Verdict, seen: Observations | undefined): Markup {
  const broken = verdict.ending.kind !== 'completed';
  return html`${broken && html`<div class="notice bad" role="note" data-testid="ending"><strong>How it ended</strong><p>${ending(verdict)}</p></div>`}
${seen?.target
  .filter((it) => it.event === 'exited')
  .map(
    ({ exitCode, signal, logTail, atMs }) =>
      html`<div class="notice bad" role="note"><strong>The target exited</strong><p>${signal ? `signal ${signal}` : `exit code ${String(exitCode ?? 'unknown')}`}, ${duration(atMs - verdict.startedAtMs)} after the start of the run.</p>${logTail !== undefined && html`<pre>${logTail.slice(-4000)}</pre>`}</div>`,
  )}
${verdict.doubts.length > 0 && html`<div class="notice doubt" role="note" data-testid="doubts"><strong>Doubts about the record</strong><ul>${verdict.doubts.map((it) => html`<li>${it}</li>`)}</ul></div>`}`;
}

/** Into Grafana, at the time of the run. */
function dashboards(verdict: Verdict, run: Observations['run'] | undefined): Markup | undefined {
  const shown = dashboardLinks(run, verdict).flatMap(({ title, url }) => {
    const href = followable(url);
    return href === undefined ? [] : [html`<a href="${href}" rel="noreferrer">${title}</a> `];
  });
  if (shown.length === 0) return undefined;
  return html`<div><dt>Dashboards</dt><dd data-testid="dashboards">${shown}</dd></div>`;
}

function facts(verdict: Verdict, seen: Observations | undefined, folder: string): Markup {
  const run = seen?.run;
  const rows: [string, string | undefined][] = [
    ['Started', moment(verdict.startedAtMs)],
    ['Took', duration(verdict.durationMs)],
    ['Seed', String(verdict.seed)],
    ['Stack', verdict.stack],
    ['Load', run && `${count(run.scenario.load.ratePerSecond)} requests/s`],
    [
      'Machine',
      run &&
        `${run.machine.os}, ${run.machine.cpus} CPUs, ${(run.machine.memoryBytes / 2 ** 30).toFixed(1)} GiB`,
    ],
    [
      'Versions',
      run &&
        Object.entries(run.versions)
          .map(([name, version]) => `${name}\u00a0${version}`)
          .join(', '),
    ],
    ['Folder', folder],
  ];
  return html`<dl class="facts">${rows.map(([name, value]) => value !== undefined && html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}${dashboards(verdict, run)}</dl>`;
}
