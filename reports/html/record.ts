import type { StepEntry } from '../../harness/journal/entry.ts';
import type { Observations } from '../../harness/observe/observations.ts';
import { count } from '../numbers.ts';
import { seconds } from './axis.ts';
import { html, type Markup } from './markup.ts';

/** What was counted: load, telemetry, writes, checks. */
export function counted({ requests, load, telemetry, writes, readBacks, checks }: Observations): Markup {
  const sum = (of: 'iterations' | 'droppedIterations') => load.reports.reduce((all, it) => all + it[of], 0);
  const written = (outcome: string) => writes.filter((it) => it.outcome === outcome).length;
  const found = Map.groupBy(readBacks, (it) => `${it.from}: ${it.found}`);
  return html`<section aria-labelledby="counted"><h2 id="counted">Counted</h2><div class="tiles">
${tile('Load', [
  ['requests', requests.startMs.length],
  ['iterations', sum('iterations')],
  ['dropped iterations', sum('droppedIterations')],
])}
${tile('Telemetry', [
  ['server spans', telemetry.serverSpans],
  ['spans', telemetry.spans],
  ['log lines', telemetry.logLines],
  ['unreadable bodies', telemetry.malformed],
])}
${tile(
  'Writes',
  (['acknowledged', 'refused', 'unknown'] as const).map((outcome) => [outcome, written(outcome)]),
)}
${
  found.size > 0 &&
  tile(
    'Read back',
    [...found].map(([name, those]) => [name, those.length]),
  )
}
${
  checks.size > 0 &&
  tile(
    'Checks',
    [...checks].map(([name, { ok }]) => [name, `${count(ok.filter(Boolean).length)} of ${count(ok.length)}`]),
  )
}
</div></section>`;
}

function tile(title: string, rows: readonly (readonly [string, number | string])[]): Markup {
  return html`<div class="tile"><h3>${title}</h3><dl>${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd class="number">${typeof value === 'number' ? count(value) : value}</dd></div>`)}</dl></div>`;
}

/** What the run did, step by step. */
export function steps(taken: readonly StepEntry[], originMs: number): Markup | undefined {
  const all = taken.toSorted((a, b) => a.atMs - b.atMs);
  if (all.length === 0) return undefined;
  return html`<section aria-labelledby="steps"><h2 id="steps">Steps</h2><ol class="steps">${all.map(
    (it) => html`<li><time>${seconds(it.atMs, originMs)} s</time><span>${it.text}</span></li>`,
  )}</ol></section>`;
}

/** The command that plays it again. */
export function replay(command: string): Markup {
  return html`<section aria-labelledby="replay"><h2 id="replay">Replay</h2><div class="replay"><pre><code data-testid="replay">${command}</code></pre><button type="button" data-copy hidden>Copy</button></div></section>`;
}
