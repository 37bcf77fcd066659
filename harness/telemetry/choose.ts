import type { SpanEntry } from '../journal/entry.ts';
import type { Phase } from '../scenario/scenario.ts';

const routesPerPhase = 5;
const errorsMax = 3;
/** What a person wants to see first. */
const interesting: readonly Phase[] = ['fault', 'recovery', 'baseline', 'warmup'];

export interface ChosenTrace {
  traceId: string;
  /** A clause for a person: `slowest of its kind in fault: 84 ms`. */
  why: string;
}

/**
 * Chooses the traces worth keeping whole while spans pass by: the first errors, and the slowest of each phase and
 * route, so that there is one of every kind of work the target does.
 */
export class TraceChooser {
  /** By phase, then by the span's name, which is the route. */
  readonly #slowest = new Map<Phase, Map<string, SpanEntry>>();
  readonly #errors: ChosenTrace[] = [];

  add(span: SpanEntry, phase: Phase): void {
    const errorIsNew = span.status >= 500 && !this.#errors.some(({ traceId }) => traceId === span.traceId);
    if (errorIsNew && this.#errors.length < errorsMax)
      this.#errors.push({ traceId: span.traceId, why: `error in ${phase}: status ${span.status}` });
    const byRoute = this.#slowest.get(phase) ?? new Map<string, SpanEntry>();
    this.#slowest.set(phase, byRoute);
    const slowest = byRoute.get(span.name);
    const room = slowest !== undefined || byRoute.size < routesPerPhase;
    if (room && span.durationMs > (slowest?.durationMs ?? -1)) byRoute.set(span.name, span);
  }

  /** Each trace once, errors first, then by phase. */
  chosen(): ChosenTrace[] {
    const slow = interesting.flatMap((phase) =>
      [...(this.#slowest.get(phase)?.values() ?? [])].map(({ traceId, durationMs }) => ({
        traceId,
        why: `slowest of its kind in ${phase}: ${ms(durationMs)}`,
      })),
    );
    const all = [...this.#errors, ...slow];
    return all.filter(({ traceId }, index) => all.findIndex((other) => other.traceId === traceId) === index);
  }
}

function ms(durationMs: number): string {
  return `${durationMs < 10 ? durationMs.toFixed(1) : Math.round(durationMs)} ms`;
}
