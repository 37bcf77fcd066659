import { count } from '../numbers.ts';
import { html, type Markup } from './markup.ts';
import type { Story } from './story.ts';
import { type Axis, seconds } from './timeline.ts';

/** What was counted: load, telemetry, writes, checks. */
export function counted(story: Story): Markup {
  const { sums, writes, readBacks, checks } = story;
  return html`<section aria-labelledby="counted"><h2 id="counted">Counted</h2><div class="tiles">
${tile('Load', [
  ['requests', sums.requests],
  ['iterations', sums.iterations],
  ['dropped iterations', sums.droppedIterations],
])}
${tile('Telemetry of the target', [
  ['server spans', sums.serverSpans],
  ['spans', sums.spans],
  ['log lines', sums.logLines],
  ['unreadable bodies', sums.malformed],
])}
${tile('Writes', [
  ['acknowledged', writes.acknowledged],
  ['refused', writes.refused],
  ['unknown', writes.unknown],
])}
${readBacks.size > 0 && tile('Read back', [...readBacks])}
${
  checks.size > 0 &&
  tile(
    'Checks',
    [...checks].map(([name, { ok, failed }]) => [name, `${count(ok)} of ${count(ok + failed)}`]),
  )
}
</div></section>`;
}

function tile(title: string, rows: readonly (readonly [string, number | string])[]): Markup {
  return html`<div class="tile"><h3>${title}</h3><dl>${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd class="number">${typeof value === 'number' ? count(value) : value}</dd></div>`)}</dl></div>`;
}

/** What the run did, step by step. */
export function steps(story: Story, axis: Axis): Markup | undefined {
  const all = story.steps.toSorted((a, b) => a.atMs - b.atMs);
  if (all.length === 0) return undefined;
  return html`<section aria-labelledby="steps"><h2 id="steps">Steps</h2><ol class="steps">${all.map(
    (it) => html`<li><time>${seconds(it.atMs, axis)} s</time><span>${it.text}</span></li>`,
  )}</ol></section>`;
}

/** The command that plays it again. */
export function replay(command: string): Markup {
  return html`<section aria-labelledby="replay"><h2 id="replay">Replay</h2><div class="replay"><pre><code data-testid="replay">${command}</code></pre><button type="button" data-copy hidden>Copy</button></div></section>`;
}
