import type { ScaleContinuousNumeric } from 'd3-scale';
import { area, line } from 'd3-shape';
import { html, type Markup } from './markup.ts';

/** One chart over the shared time axis, with one value per bucket: undefined where there is none, infinite where no answer came. */
export interface Chart {
  id: string;
  title: string;
  /** One clause at the right of the title: the figure that a reader would look for. */
  summary: string;
  /** What a screen reader says instead of the drawing. */
  description: string;
  lines: readonly Line[];
  /** From a value to 0 (top) … 1000 (bottom). */
  scale: ScaleContinuousNumeric<number, number>;
  ticks: readonly number[];
  label(value: number): string;
  limit?: Limit;

  /** Where the middle of each bucket lies, from 0 (left) to 1000 (right). */
  at: readonly number[];
}

export interface Limit {
  value: number;
  text: string;
  /** Where its text stands: on the side where lines seldom are. */
  below?: boolean;
}

type Value = number | undefined;

export interface Line {
  /** Also its class, by which the style sheet gives it colour and dashes. */
  id: string;
  name: string;
  values: readonly Value[];
  filled?: boolean;
}

const size = 1000;

/** Lines are drawn in a box that stretches with the page, text beside it in a box that does not. */
export function chart(it: Chart): Markup {
  const empty = it.lines.every((line) => line.values.every((value) => value === undefined));
  return html`<figure class="chart" data-testid="chart-${it.id}">
<figcaption><h3>${it.title}</h3>${it.lines.map(legend)}<span class="summary">${it.summary}</span></figcaption>
<div class="plot"><svg class="y" aria-hidden="true">${it.ticks.map((tick) => tickLabel(it, tick))}</svg>
<svg class="canvas" role="img" aria-label="${it.description}">${it.ticks.map((tick) => gridLine(it, tick))}${it.limit && limitLine(it, it.limit)}
<svg viewBox="0 0 ${size} ${size}" preserveAspectRatio="none">${it.lines.map((line) => paths(it, line))}</svg>
${empty && html`<text class="none" x="50%" y="50%" text-anchor="middle">nothing was recorded</text>`}</svg></div>
</figure>`;
}

function legend({ id, name }: Line): Markup {
  return html`<span class="key ${id}"><svg width="16" height="8" aria-hidden="true"><path d="M1 4h14"/></svg>${name}<output data-series="${id}"></output></span>`;
}

function tickLabel({ scale, label }: Chart, tick: number): Markup {
  return html`<text x="100%" y="${atPercent(scale(tick))}" dx="-8" dy=".33em" text-anchor="end">${label(tick)}</text>`;
}

function gridLine({ scale }: Chart, tick: number): Markup {
  const y = atPercent(scale(tick));
  return html`<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}"/>`;
}

function limitLine({ scale }: Chart, { value, text, below }: Limit): Markup {
  const y = atPercent(scale(value));
  return html`<line class="limit" x1="0" x2="100%" y1="${y}" y2="${y}"/><text class="limit" x="100%" y="${y}" dx="-4" dy="${below === true ? '1.25em' : '-.45em'}" text-anchor="end">${text}</text>`;
}

function paths({ scale, at }: Chart, { id, values, filled }: Line): Markup {
  const x = (_: Value, index: number) => at[index]!;
  const y = (it: Value) => (it === Number.POSITIVE_INFINITY ? 0 : Math.min(size, scale(it!)));
  const defined = (it: Value) => it !== undefined;
  const stroke = line<Value>(x, y).defined(defined).digits(1)(values) ?? '';
  const fill = filled === true && (area<Value>(x, size, y).defined(defined).digits(1)(values) ?? '');
  return html`${fill !== false && html`<path class="fill ${id}" d="${fill}"/>`}<path class="line ${id}" d="${stroke}"/>`;
}

function atPercent(at: number): string {
  return `${Math.round(at) / 10}%`;
}
