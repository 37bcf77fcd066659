import type { Judgement } from '../../harness/verdict/verdict.ts';
import { html, type Markup } from './markup.ts';

/**
 * How far from its limit, at a glance: the good side shaded, the interval as a bar, the observed value as a dot.
 *
 *     ▒▒▒▒▒▒▒▒▒▒▒▒▒│
 *       ├──●──┤    │
 */
export function gauge(it: Judgement): Markup | undefined {
  if (it.observed === undefined || it.limit === 0) return undefined;
  const [low, high] = (it.interval ?? [it.observed, it.observed]).map(finite);
  const widest = Math.max(it.limit, finite(it.observed) ?? 0, low ?? 0, high ?? 0) * 1.3;
  const most = it.unit === 'ratio' ? Math.min(1, widest) : widest;
  const x = (value: number | undefined) =>
    value === undefined ? 100 : Math.round(Math.min(1, Math.max(0, value / most)) * 1000) / 10;
  const good =
    it.bound === 'below' || it.bound === 'at-most'
      ? { from: 0, to: x(it.limit) }
      : { from: x(it.limit), to: 100 };
  const bar = { from: x(low), to: x(high) };
  return html`<svg class="gauge ${it.outcome}" aria-hidden="true"><rect class="track" width="100%" height="6" y="5" rx="3"/><rect class="good" x="${good.from}%" width="${good.to - good.from}%" height="6" y="5" rx="3"/><rect class="range" x="${bar.from}%" width="${Math.max(0.5, bar.to - bar.from).toFixed(1)}%" height="6" y="5" rx="3"/><line class="bound" x1="${x(it.limit)}%" x2="${x(it.limit)}%" y1="0" y2="16"/><circle cx="${x(finite(it.observed))}%" cy="8" r="4"/></svg>`;
}

/** What never happened has no place on the scale; it is drawn at the far end. */
function finite(value: number | null): number | undefined {
  return value !== null && Number.isFinite(value) ? value : undefined;
}
