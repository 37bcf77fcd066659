import type { TraceEntry } from '../../harness/journal/entry.ts';
import { count, quantity } from '../numbers.ts';
import { seconds } from './axis.ts';
import { followable, html, type Markup } from './markup.ts';

type Span = TraceEntry['spans'][number];
/** A trace with more is cut there, and says so: the page stays small, the run folder has them all. */
const spansShown = 80;

/** The traces that the run kept, each as a waterfall that `#trace-<id>` opens. */
export function traces(kept: readonly TraceEntry[], originMs: number): Markup | undefined {
  if (kept.length === 0) return undefined;
  return html`<section aria-labelledby="traces"><h2 id="traces">Traces</h2>${kept.map((it, index) => trace(it, index === 0, originMs))}</section>`;
}

function trace(it: TraceEntry, open: boolean, originMs: number): Markup {
  const fromMs = Math.min(...it.spans.map((span) => span.startMs), Number.POSITIVE_INFINITY);
  const toMs = Math.max(...it.spans.map((span) => span.startMs + span.durationMs), fromMs);
  const rows = inOrder(it.spans);
  const url = followable(it.url);
  return html`<details class="trace" id="trace-${it.traceId}" data-testid="trace"${open && html` open`}>
<summary><strong>${rows[0]?.span.name ?? 'a trace without spans'}</strong> <span class="quiet">${it.why}, at ${seconds(it.atMs, originMs)} s</span><span class="number">${rows.length > 0 && quantity(toMs - fromMs, 'ms')}</span></summary>
<p class="ids"><code>${it.traceId}</code>${url !== undefined && html` <a href="${url}" rel="noreferrer">Open in Jaeger</a>`}</p>
<ol class="waterfall">${rows.slice(0, spansShown).map(({ span, depth }) => bar(span, depth, fromMs, toMs - fromMs))}</ol>
${rows.length > spansShown && html`<p class="quiet">and ${count(rows.length - spansShown)} more spans</p>`}</details>`;
}

function bar(span: Span, depth: number, fromMs: number, spanMs: number): Markup {
  const left = share(span.startMs - fromMs, spanMs);
  const width = Math.min(100 - left, share(span.durationMs, spanMs));
  const told = Object.entries(span.attributes)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join('\n')
    .slice(0, 1000);
  const hint = ['db.query.text', 'exception.message', 'http.route']
    .map((name) => span.attributes[name])
    .find((it) => it !== undefined);
  return html`<li class="${span.spanKind}${span.error && ' error'}"><span class="name" style="--depth:${Math.min(depth, 8)}" title="${told === '' ? span.name : told}">${span.error && html`<b title="error">✗</b> `}${span.name}${hint !== undefined && depth > 0 && html` <small>${String(hint).slice(0, 120)}</small>`}</span>
<span class="bar"><i style="left:${left}%;width:${width}%"></i></span><span class="number">${quantity(span.durationMs, 'ms')}</span></li>`;
}

/** Parents before their children, siblings by start; a span whose parent is missing stands at the top. */
function inOrder(spans: readonly Span[]): { span: Span; depth: number }[] {
  const ids = new Set(spans.map((it) => it.spanId));
  const children = Map.groupBy(spans, (it) =>
    it.parentSpanId !== undefined && ids.has(it.parentSpanId) ? it.parentSpanId : '',
  );
  const rows: { span: Span; depth: number }[] = [];
  const seen = new Set<Span>();
  const visit = (parent: string, depth: number) => {
    for (const span of (children.get(parent) ?? []).toSorted((a, b) => a.startMs - b.startMs)) {
      if (seen.has(span)) continue;
      seen.add(span);
      rows.push({ span, depth });
      visit(span.spanId, depth + 1);
    }
  };
  visit('', 0);
  return rows;
}

function share(partMs: number, wholeMs: number): number {
  return wholeMs === 0 ? 0 : Math.round((partMs / wholeMs) * 10_000) / 100;
}
