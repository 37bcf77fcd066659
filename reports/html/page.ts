import { createHash } from 'node:crypto';
import type { Verdict } from '../../harness/verdict/verdict.ts';
import type { RunRecord } from '../record.ts';
import { signs } from '../words.ts';
import { evidence } from './evidence.ts';
import { head } from './head.ts';
import { judgements } from './judgements.ts';
import { html, Markup } from './markup.ts';
import { proofs } from './proofs.ts';
import { counted, replay, steps } from './record.ts';
import { script } from './script.ts';
import { storyOf } from './story.ts';
import { style } from './style.ts';
import { traces } from './traces.ts';

/**
 * One HTML file that needs nothing else: style, script and drawings are inside, and its policy lets nothing in
 * from outside and runs no script but the page's own.
 */
export function renderHtml({ entries, verdict, folder }: RunRecord): string {
  const { seen, steps: taken, traces: kept } = storyOf(entries);
  const originMs = verdict.startedAtMs;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
<title>${signs[verdict.outcome]} ${verdict.scenario}: ${verdict.outcome}</title>
<link rel="icon" href="${icon(verdict)}">
<style>${new Markup(style)}</style></head>
<body><main>
${head(verdict, seen, folder)}
${judgements(verdict.judgements, new Set(kept.map((it) => it.traceId)))}
${evidence(seen)}
${seen && proofs(seen)}
${traces(kept, originMs)}
${seen && counted(seen)}
${steps(taken, originMs)}
${replay(verdict.replay)}
</main><script>${new Markup(script)}</script></body></html>
`.text;
}

const hash = createHash('sha256').update(script).digest('base64');
const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`;

function icon({ outcome }: Verdict): string {
  const fill = { met: '#1a7f4b', violated: '#c4303a', inconclusive: '#94620a' }[outcome];
  return `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="${fill}"/></svg>`)}`;
}
