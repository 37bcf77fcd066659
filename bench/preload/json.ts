import { type Added, addedTo } from './figures.ts';
import type { Measured } from './measure.ts';

/** The last line. What is added on the raw http service stands at the top, on Fastify under `fastify`. */
export function asJson(measured: readonly Measured[], notMet: readonly string[] | undefined): string {
  const raw = measured.find(({ service }) => service === 'raw');
  const fastify = measured.find(({ service }) => service === 'fastify');
  return JSON.stringify({
    bench: 'preload',
    ...(raw && figuresOf(raw)),
    ...(fastify && { fastify: figuresOf(fastify) }),
    ...(notMet && { notMet }),
  });
}

function figuresOf({ ratePerSecond, figures }: Measured): object {
  const none = figures.find(({ name }) => name === 'none')!;
  const others = figures.filter((it) => it !== none);
  const added = (pick: (added: Added) => number) =>
    Object.fromEntries(others.map((it) => [it.name, round(pick(addedTo(none, it)))]));
  return {
    cpuAddedMicrosPerRequest: added((it) => it.cpuMicrosPerRequest),
    cpuAddedAtHighestMicrosPerRequest: added((it) => it.cpuMicrosPerRequestAtHighest),
    p95AddedMs: added((it) => it.p95Ms),
    rssAddedMb: added((it) => it.rssMb),
    startAddedMs: added((it) => it.startMs),
    deliveredShare: Object.fromEntries(others.map((it) => [it.name, it.deliveredAtHighest.share])),
    highestPerSecond: Object.fromEntries(figures.map((it) => [it.name, Math.round(it.highestPerSecond)])),
    ratePerSecond,
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
