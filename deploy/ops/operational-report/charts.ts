import { scaleLinear, scaleLog, scaleUtc } from 'd3-scale';
import { bytes } from '../../../examples/memory-api/admin/output.ts';
import { type Chart, chart, type Line } from '../../../reports/html/chart.ts';
import { html, type Markup } from '../../../reports/html/markup.ts';
import { quantity } from '../../../reports/numbers.ts';
import { objectives } from './objectives.ts';
import type { OperationalReport } from './report.ts';
import type { Window } from './window.ts';

type Values = readonly (number | undefined)[];

/** What was over time, on one axis. */
export function charts({ overTime, window, alerts, breakers }: OperationalReport): Markup {
  const at = overTime.atMs.map((atMs) => 10 * percent(atMs - window.stepMs / 2, window));
  const all = [latency(overTime), rate(overTime), errors(overTime), hits(overTime), memory(overTime)];
  const lanes = [
    ...alerts.map(({ name, severity, sliceStartsMs }) => ({
      ...{ name, title: `alert ${name}`, sliceStartsMs },
      tone: severity === 'critical' ? 'open' : 'half-open',
    })),
    ...breakers.map(({ name, sliceStartsMs }) => ({
      ...{
        name: `breaker of ${name}`,
        title: `breaker of ${name} open`,
        sliceStartsMs,
        tone: 'breaker-open',
      },
    })),
  ];
  return html`<div class="timeline">${all.map((it) => chart({ ...it, at }))}
${lanes.map(({ name, title, sliceStartsMs, tone }) => lane({ name, title, tone }, sliceStartsMs, window))}
${timeAxis(window)}</div>`;
}

type Drawn = Omit<Chart, 'at'>;

function latency({ p50Ms, p95Ms }: OperationalReport['overTime']): Drawn {
  const lines: Line[] = [
    { id: 'p50', name: 'P50', values: p50Ms },
    { id: 'p95', name: 'P95', values: p95Ms },
  ];
  const limit = 1000 * objectives.p95S;
  const known = [...p50Ms, ...p95Ms].filter((it) => it !== undefined && it > 0) as number[];
  const bottom = 10 ** Math.floor(Math.log10(Math.max(0.1, Math.min(limit, ...known))));
  const top = 1.5 * Math.max(limit, ...known);
  const ticks = [0.1, 1, 10, 100, 1000, 10_000, 100_000].filter((it) => it >= bottom && it <= top);
  return {
    ...{ id: 'latency', title: 'Latency', lines, ticks, scale: scaleLog([bottom, top], [1000, 0]) },
    summary: most(p95Ms, (it) => `P95 at most ${quantity(it, 'ms')}`),
    description: `Latency over time: ${most(p95Ms, (it) => `P95 at most ${quantity(it, 'ms')}`)}.`,
    label: (it) => (it >= 1000 ? `${it / 1000} s` : `${it} ms`),
    limit: { value: limit, text: `promised P95 ${limit} ms` },
  };
}

function rate({ perSecond }: OperationalReport['overTime']): Drawn {
  const short = (it: number) => `${+it.toPrecision(3)}/s`;
  return {
    ...{ id: 'rate', title: 'Requests', lines: [filled('rate', 'in a second', perSecond)] },
    ...linear(largest(perSecond)),
    summary: most(perSecond, (it) => `at most ${short(it)}`),
    description: `Requests in a second over time: ${most(perSecond, (it) => `at most ${short(it)}`)}.`,
    label: (it) => `${+it.toPrecision(4)}`,
  };
}

function errors({ failedShare }: OperationalReport['overTime']): Drawn {
  const limit = objectives.failedShare;
  return {
    ...{ id: 'errors', title: 'Failed requests', lines: [filled('errors', 'of all', failedShare)] },
    ...linear(Math.min(1, Math.max(2 * limit, 1.2 * largest(failedShare)))),
    summary: most(failedShare, (it) => `at most ${quantity(it, 'ratio')}`),
    description: `Share of requests that failed, over time: ${most(failedShare, (it) => `at most ${quantity(it, 'ratio')}`)}.`,
    label: percents,
    limit: { value: limit, text: `promised ${percents(limit)}` },
  };
}

function hits({ hitShare }: OperationalReport['overTime']): Drawn {
  const known = hitShare.filter((it) => it !== undefined);
  const summary = known.length === 0 ? 'no data' : `at least ${quantity(Math.min(...known), 'ratio')}`;
  const limit = objectives.hitShare;
  return {
    ...{
      id: 'hit-rate',
      title: 'Found in the cache',
      lines: [filled('hits', 'of lookups', hitShare)],
      summary,
    },
    ...{ scale: scaleLinear([0, 1], [1000, 0]), ticks: [0, 0.5, 1] },
    description: `Share of lookups that the cache answered, over time: ${summary}.`,
    label: percents,
    limit: { value: limit, text: `promised ${percents(limit)}`, below: true },
  };
}

function memory({ memoryBytes }: OperationalReport['overTime']): Drawn {
  const mebi = 1024 ** 2;
  const inMebi = memoryBytes.map((it) => it && it / mebi);
  return {
    ...{
      id: 'memory',
      title: 'Memory',
      lines: [filled('rate', 'RSS', inMebi)],
      ...linear(1.2 * largest(inMebi)),
    },
    summary: most(memoryBytes, (it) => `at most ${bytes(it)}`),
    description: `Memory of the process over time: ${most(memoryBytes, (it) => `at most ${bytes(it)}`)}.`,
    label: (it) => (it === 0 ? '0' : bytes(it * mebi)),
  };
}

function filled(id: string, name: string, values: Values): Line {
  return { id, name, values, filled: true };
}

function linear(top: number) {
  const scale = scaleLinear([0, top === 0 ? 1 : top], [1000, 0]).nice(3);
  return { scale, ticks: scale.ticks(3) };
}

function largest(values: Values): number {
  return values.reduce<number>((top, it) => Math.max(top, it ?? 0), 0);
}

function most(values: Values, told: (value: number) => string): string {
  return values.every((it) => it === undefined) ? 'no data' : told(largest(values));
}

function percents(ratio: number): string {
  return `${+(ratio * 100).toPrecision(3)} %`;
}

/** From 0 (the start) to 100. */
function percent(atMs: number, { startMs, endMs }: Window): number {
  return Math.round((10_000 * (atMs - startMs)) / (endMs - startMs)) / 100;
}

/** When it was so, slices that touch as one. */
function lane(
  it: { name: string; title: string; tone: string },
  starts: readonly number[],
  window: Window,
): Markup {
  const spans: { fromMs: number; toMs: number }[] = [];
  for (const fromMs of starts) {
    const last = spans.at(-1);
    if (last && fromMs - last.toMs < window.stepMs / 2) last.toMs = fromMs + window.stepMs;
    else spans.push({ fromMs, toMs: fromMs + window.stepMs });
  }
  const segments = spans.map(({ fromMs, toMs }) => {
    const [left, right] = [percent(Math.max(fromMs, window.startMs), window), percent(toMs, window)];
    return html`<i class="${it.tone}" style="left:${left}%;width:${right - left}%"></i>`;
  });
  const when = spans.map(({ fromMs }) => timeOf(fromMs)).join(', ');
  return html`<figure class="when"><figcaption>${it.name}</figcaption><div class="plot"><span></span><div class="lane" role="img" aria-label="${it.title}: ${when}">${segments}</div></div></figure>`;
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
}

/** `18:30`, or where it is midnight or days are long, `Sat 21`. */
function tickText(at: Date, { startMs, endMs }: Window): string {
  const days = (endMs - startMs) / 86_400_000;
  const iso = at.toISOString();
  if (days > 2 || (days > 0.5 && iso.slice(11, 16) === '00:00'))
    return `${at.toLocaleDateString('en', { weekday: 'short', timeZone: 'UTC' })} ${at.getUTCDate()}`;
  return days < 0.02 && !iso.startsWith('00', 17) ? iso.slice(11, 19) : iso.slice(11, 16);
}

function timeAxis(window: Window): Markup {
  const scale = scaleUtc([window.startMs, window.endMs], [0, 100]);
  const ticks = scale.ticks(7).map((at, index) => {
    const x = Math.round(100 * scale(at)) / 100;
    const anchor = x < 4 ? 'start' : x > 96 ? 'end' : 'middle';
    return html`<text class="${index % 2 === 0 ? 'even' : 'odd'}" x="${x}%" y="12" text-anchor="${anchor}">${tickText(at, window)}</text>`;
  });
  return html`<div class="plot time"><span></span><svg class="x" role="img" aria-label="time, UTC">${ticks}<text class="title" x="50%" y="32" text-anchor="middle">UTC</text></svg></div>`;
}
