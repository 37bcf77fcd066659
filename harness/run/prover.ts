import { HarnessError } from '../errors.ts';
import type { InjectedFault, Look, Sighting } from '../faults/fault.ts';
import { isHealed, isProved } from '../faults/prove.ts';
import type { ProofEntry } from '../journal/entry.ts';
import { isLinkFault, linkOf, placeOf } from '../scenario/place.ts';
import type { Fault, ScheduledFault } from '../scenario/scenario.ts';
import { until } from './until.ts';

export interface ProverOptions {
  faults: readonly ScheduledFault[];
  /** How each fault can be seen, at the same index. */
  looks: readonly Look[];
  nowMs(): number;
  onProof(proof: ProofEntry): void;
}

const everyMs = 1000;

/**
 * Looks for every fault once a second, from before the fault to the end of the run, and holds what it sees against
 * what has to be there. A look during which the fault went in or out proves nothing and is dropped.
 */
export class Prover {
  readonly #options: ProverOptions;
  readonly #moments: ProofEntry['moment'][];
  /** How often each fault has changed; tells a look that straddled a change. */
  readonly #changes: number[];
  /** What the last look before each fault measured. */
  readonly #before: ProofEntry['measured'][];
  /** Whether each fault was seen since its last change. */
  readonly #seen: boolean[];

  constructor(options: ProverOptions) {
    this.#options = options;
    this.#moments = options.faults.map(() => 'before');
    this.#changes = options.faults.map(() => 0);
    this.#before = options.faults.map(() => undefined);
    this.#seen = options.faults.map(() => false);
  }

  /** Injects (`during`) or heals (`after`) by `change`. What is seen from then on has to show it. */
  async change<T extends InjectedFault | undefined>(
    index: number,
    moment: 'during' | 'after',
    change: () => Promise<T>,
  ): Promise<T> {
    this.#changes[index]! += 1;
    const result = await change();
    this.#changes[index]! += 1;
    this.#moments[index] = moment;
    this.#seen[index] = false;
    return result;
  }

  /** Once a second until the signal; @throws HarnessError at the first thing seen that must not be. */
  async watch(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#options.faults.map((_, index) => this.#watchOne(index, signal)));
  }

  /** A look that takes longer than a second is followed by the next one at once. */
  async #watchOne(index: number, signal: AbortSignal): Promise<void> {
    const { nowMs } = this.#options;
    for (let atMs = nowMs(); ; atMs = Math.max(atMs + everyMs, nowMs())) {
      await until(atMs, nowMs, signal);
      await this.see(index, signal);
    }
  }

  /** Looks until it was seen how the fault stands since its last change; at once when it was seen already. */
  async ensureSeen(index: number, signal: AbortSignal): Promise<void> {
    while (!this.#seen[index]) await this.see(index, signal);
  }

  /** One look, written down. @throws HarnessError when it does not show what it has to. */
  async see(index: number, signal: AbortSignal): Promise<void> {
    const { fault } = this.#options.faults[index]!;
    const moment = this.#moments[index]!;
    const changes = this.#changes[index]!;
    const atMs = this.#options.nowMs();
    const sighting = await this.#look(index, fault, moment, signal);
    if (changes !== this.#changes[index] || changes % 2 === 1) return;
    const proved = isAsExpected(moment, fault, sighting);
    const expected = moment === 'during' ? 'fault' : 'works';
    this.#options.onProof({
      kind: 'proof',
      atMs,
      index,
      ...linkOf(fault),
      moment,
      expected,
      proved,
      ...sighting,
    });
    if (!proved) throw notProved(fault, moment, sighting);
    this.#seen[index] = true;
    if (moment === 'before') this.#before[index] = sighting.measured;
  }

  async #look(
    index: number,
    fault: Fault,
    moment: ProofEntry['moment'],
    signal: AbortSignal,
  ): Promise<Sighting> {
    const most = moment === 'during' && isLinkFault(fault) ? 1 : mostTries;
    for (let tries = 1; ; tries += 1) {
      const sighting = await this.#options.looks[index]!({ moment, before: this.#before[index] }, signal);
      signal.throwIfAborted();
      if (tries === most || isAsExpected(moment, fault, sighting)) return sighting;
    }
  }
}

/**
 * A busy machine hiccups: what has to work, and what is measured within the target, gets this many tries before it
 * counts as not as it should be. A faulted link gets one: there is nothing to measure.
 */
const mostTries = 3;

function isAsExpected(moment: ProofEntry['moment'], fault: Fault, sighting: Sighting): boolean {
  if (moment === 'during') return isProved(fault, sighting);
  return moment === 'after' ? isHealed(fault, sighting) : isProved(undefined, sighting);
}

const expectations = {
  before: (what: string) => `${what} to work before the fault`,
  during: () => 'the fault to be in force',
  after: (what: string) => `${what} to work again after the heal`,
} as const;

function notProved(fault: Fault, moment: ProofEntry['moment'], { seen, detail }: Sighting): HarnessError {
  const expected = expectations[moment](isLinkFault(fault) ? 'the link' : 'the target');
  return new HarnessError(
    `The fault ${fault.kind} ${placeOf(linkOf(fault).link)} could not be proved: expected ${expected}, saw that it ${seenTexts[seen]} (${detail}). No judgement of this run can be believed; run it again, and report it if it recurs.`,
  );
}

const seenTexts = {
  works: 'works',
  refused: 'refuses connections',
  cut: 'cuts connections',
  silent: 'does not answer',
  affected: 'is affected',
  unseen: 'could not be looked at',
} as const;
