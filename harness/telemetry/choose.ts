import type { SpanEntry } from '../journal/entry.ts';
import type { Phase } from '../scenario/scenario.ts';

const slowestPerPhase = 2;
const errorsMax = 3;

export interface ChosenTrace {
  traceId: string;
  /** A clause for a person: `slowest of fault: 84 ms`. */
  why: string;
}

/** Chooses the traces worth keeping whole while spans pass by: the slowest of each phase and the first errors. */
export class TraceChooser {
  readonly #slowest = new Map<Phase, SpanEntry[]>();
  readonly #errors: ChosenTrace[] = [];

  add(span: SpanEntry, phase: Phase): void {
    const errorIsNew = span.status >= 500 && !this.#errors.some(({ traceId }) => traceId === span.traceId);
    if (errorIsNew && this.#errors.length < errorsMax)
      this.#errors.push({ traceId: span.traceId, why: `error in ${phase}: status ${span.status}` });
    const slowest = this.#slowest.get(phase) ?? [];
    this.#slowest.set(phase, keepSlowest(slowest, span));
  }

  /** Each trace once, errors first. */
  chosen(): ChosenTrace[] {
    const slow = [...this.#slowest].flatMap(([phase, spans]) =>
      spans.map(({ traceId, durationMs }, rank) => ({
        traceId,
        why: `${ordinal(rank)} of ${phase}: ${ms(durationMs)}`,
      })),
    );
    const all = [...this.#errors, ...slow];
    return all.filter(({ traceId }, index) => all.findIndex((other) => other.traceId === traceId) === index);
  }
}

function keepSlowest(slowest: SpanEntry[], span: SpanEntry): SpanEntry[] {
  const last = slowest.at(-1);
  if (slowest.length === slowestPerPhase && last && span.durationMs <= last.durationMs) return slowest;
  // Several server spans of one trace are one trace.
  const others = slowest.filter(({ traceId }) => traceId !== span.traceId);
  const same = slowest.find(({ traceId }) => traceId === span.traceId);
  const slower = same && same.durationMs > span.durationMs ? same : span;
  return [...others, slower].sort((a, b) => b.durationMs - a.durationMs).slice(0, slowestPerPhase);
}

function ordinal(rank: number): string {
  return rank === 0 ? 'slowest' : 'second slowest';
}

function ms(durationMs: number): string {
  return `${durationMs < 10 ? durationMs.toFixed(1) : Math.round(durationMs)} ms`;
}
