import type { ContestantName } from './contestants.ts';

/** Of starting it a few times. */
export interface StartFigures {
  readonly startMs: number;
  readonly recorded: Recorded;
}

/** What a contestant makes of a service: of each request, seen with few of them, and of starting it. */
export interface Recorded {
  readonly spansPerRequest: number;
  readonly linesPerRequest: number;
  /** Beside those of requests, of connections that are opened once: the fewest that were seen in a start. */
  readonly spansOnce: number;
}

/** Under connections that ask again as soon as they are answered. */
export interface HighestFigures {
  readonly highestPerSecond: number;
  /** Lower than at the fixed rate, because each turn of the event loop does more. */
  readonly cpuMicrosPerRequestAtHighest: number;
  readonly deliveredAtHighest: Delivered;
}

/** At the fixed rate. */
export interface SteadyFigures {
  readonly cpuMicrosPerRequest: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly rssMb: number;
  readonly peakRssMb: number;
  readonly deliveredAtRate: Delivered;
}

/** What was measured of one contestant on one service. */
export type Figures = { readonly name: ContestantName } & StartFigures & HighestFigures & SteadyFigures;

/** What arrived in the life of a process, its end included. */
export interface Delivered {
  /** Of the spans and lines that its requests had to make. */
  readonly share: number;
  readonly spans: number;
  readonly lines: number;
  readonly points: number;
}

/** The share of what so many requests, and starting the service, had to make that arrived. */
export function shareOf(
  { spansPerRequest, linesPerRequest, spansOnce }: Recorded,
  requests: number,
  arrived: Pick<Delivered, 'spans' | 'lines'>,
): number {
  const spans = requests * spansPerRequest + spansOnce;
  const lines = requests * linesPerRequest;
  const missing = Math.max(0, spans - arrived.spans) + Math.max(0, lines - arrived.lines);
  return spans + lines === 0 ? 0 : 1 - missing / (spans + lines);
}

/** What a contestant costs beside the service as it is. */
export interface Added {
  readonly cpuMicrosPerRequest: number;
  readonly cpuMicrosPerRequestAtHighest: number;
  readonly p95Ms: number;
  readonly rssMb: number;
  readonly startMs: number;
}

export function addedTo(none: Figures, it: Figures): Added {
  return {
    cpuMicrosPerRequest: it.cpuMicrosPerRequest - none.cpuMicrosPerRequest,
    cpuMicrosPerRequestAtHighest: it.cpuMicrosPerRequestAtHighest - none.cpuMicrosPerRequestAtHighest,
    p95Ms: it.p95Ms - none.p95Ms,
    rssMb: it.rssMb - none.rssMb,
    startMs: it.startMs - none.startMs,
  };
}

/** Of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
