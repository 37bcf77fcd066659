import type { BreakerEntry, Entry, RequestEntry } from '../journal/entry.ts';
import { nearestRank } from '../observe/quantile.ts';
import type { Phase } from '../scenario/scenario.ts';

/** What a person sees while the load runs: the phase with its countdown, and the last second in figures. */
export class Progress {
  #phase: Phase = 'warmup';
  #endsAtMs = 0;
  #second: RequestEntry[] = [];
  readonly #breakers = new Map<string, BreakerEntry['state']>();

  enter(phase: Phase, endsAtMs: number): void {
    this.#phase = phase;
    this.#endsAtMs = endsAtMs;
  }

  add(entry: Entry): void {
    if (entry.kind === 'request') this.#second.push(entry);
    if (entry.kind === 'breaker') this.#breakers.set(entry.breaker, entry.state);
  }

  /** One line of at most 80 columns, about what came since the call before. */
  line(nowMs: number): string {
    const requests = this.#second;
    this.#second = [];
    const leftS = Math.max(0, Math.ceil((this.#endsAtMs - nowMs) / 1000));
    const failed = requests.filter(({ status }) => status === 0 || status >= 400).length;
    const sorted = requests
      .map(({ status, durationMs }) => (status === 0 ? Infinity : durationMs))
      .sort((a, b) => a - b);
    const p95 = sorted.length === 0 ? '–' : `${nearestRank(sorted, 0.95).toFixed(1)} ms`;
    const alone = this.#breakers.size === 1;
    const breakers = [...this.#breakers].map(([name, state]) => `breaker ${alone ? '' : `${name} `}${state}`);
    return [
      `${this.#phase.padEnd(8)} ${String(leftS).padStart(3)} s`,
      `${String(requests.length).padStart(4)} req/s`,
      `P95 ${p95}`.padEnd(13),
      `errors ${failed}`,
      ...breakers,
    ].join(' │ ');
  }
}
