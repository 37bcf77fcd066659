import type { ProofEntry, RunEntry } from '../../harness/journal/entry.ts';
import type { Observations } from '../../harness/observe/observations.ts';
import { quantity } from '../numbers.ts';
import { seconds } from './axis.ts';
import { html, type Markup } from './markup.ts';

/** What the harness itself saw of each fault before, during and after; alike tries in a row are one line. */
export function proofs({ faults, run }: Observations): Markup | undefined {
  const groups = faults.flatMap((it) => runs(it.proofs));
  if (groups.length === 0) return undefined;
  return html`<section aria-labelledby="proofs"><h2 id="proofs">Proof of the fault</h2>
<p class="lead">The harness looked itself, from outside the target: it tried the link, or what the target shows to others.</p>
<div class="scroll" role="region" aria-label="looks for the fault" tabindex="0"><table class="plain" data-testid="proofs"><thead><tr><th scope="col">Where</th><th scope="col">When</th><th scope="col">Had to be</th><th scope="col">Seen</th><th scope="col" class="number">Tries</th><th scope="col" class="number">Seconds</th></tr></thead>
<tbody>${groups.map((it) => row(it, run))}</tbody></table></div></section>`;
}

type Alike = readonly [ProofEntry, ...ProofEntry[]];

function row(alike: Alike, run: RunEntry): Markup {
  const [first] = alike;
  const last = alike.at(-1) ?? first;
  const fault = run.scenario.faults[first.index]?.fault.kind ?? 'fault';
  const span = [seconds(first.atMs, run.atMs), seconds(last.atMs, run.atMs)];
  return html`<tr><td>${first.link ?? 'target'}</td><td>${first.moment}</td><td>${first.expected === 'fault' ? fault : 'works'}</td>
<td class="seen"><span class="pill ${first.proved ? 'met' : 'violated'}"><b aria-hidden="true">${first.proved ? '✓' : '✗'}</b> ${first.seen}</span> <span class="quiet">${first.detail}${roundTrips(alike)}</span></td>
<td class="number">${alike.length}</td><td class="number">${span[0] === span[1] ? span[0] : span.join(' – ')}</td></tr>`;
}

function roundTrips(alike: Alike): string {
  const all = alike.flatMap((it) => it.roundTripMs ?? []);
  if (all.length === 0) return '';
  const ends = [Math.min(...all), Math.max(...all)].map((it) => quantity(it, 'ms'));
  return ends[0] === ends[1] ? `, ${ends[0]}` : `, ${ends.join(' to ')}`;
}

function runs(proofs: readonly ProofEntry[]): Alike[] {
  const groups: [ProofEntry, ...ProofEntry[]][] = [];
  for (const it of proofs) {
    const group = groups.at(-1);
    if (group !== undefined && alike(group[0], it)) group.push(it);
    else groups.push([it]);
  }
  return groups;
}

function alike(a: ProofEntry, b: ProofEntry): boolean {
  return a.moment === b.moment && a.seen === b.seen && a.proved === b.proved && a.expected === b.expected;
}
