import { HarnessError } from '../errors.ts';
import type { InjectedFault, Sighting } from '../faults/fault.ts';
import { isHealed, isProved, tryForMs } from '../faults/prove.ts';
import type { ProofEntry } from '../journal/entry.ts';
import type { Fault, ScheduledFault } from '../scenario/scenario.ts';
import { until } from './until.ts';

export interface ProverOptions {
  faults: readonly ScheduledFault[];
  /** Tries the link once, from outside the target. */
  tryLink(link: string, timeoutMs: number, signal: AbortSignal): Promise<Sighting>;
  nowMs(): number;
  onProof(proof: ProofEntry): void;
}

const everyMs = 1000;

/**
 * Tries the link of every fault once a second, from before the fault to the end of the run, and holds what it
 * sees against what has to be there. A try during which the fault went in or out proves nothing and is dropped.
 */
export class Prover {
  readonly #options: ProverOptions;
  readonly #moments: ProofEntry['moment'][];
  /** How often each fault has changed; tells a try that straddled a change. */
  readonly #changes: number[];

  constructor(options: ProverOptions) {
    this.#options = options;
    this.#moments = options.faults.map(() => 'before');
    this.#changes = options.faults.map(() => 0);
  }

  /** Injects (`during`) or heals (`after`) by `change`, then sees at once whether it took. */
  async change<T extends InjectedFault | undefined>(
    index: number,
    moment: 'during' | 'after',
    change: () => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    this.#changes[index]! += 1;
    const result = await change();
    this.#changes[index]! += 1;
    this.#moments[index] = moment;
    if (moment === 'after') await this.see(index, signal);
    return result;
  }

  /** Once a second until the signal; @throws HarnessError at the first thing seen that must not be. */
  async watch(signal: AbortSignal): Promise<void> {
    for (let atMs = this.#options.nowMs(); ; atMs += everyMs) {
      await until(atMs, this.#options.nowMs, signal);
      await Promise.all(this.#options.faults.map((_, index) => this.see(index, signal)));
    }
  }

  /** One try, written down. @throws HarnessError when it does not show what it has to. */
  async see(index: number, signal: AbortSignal): Promise<void> {
    const { fault } = this.#options.faults[index]!;
    const moment = this.#moments[index]!;
    const changes = this.#changes[index]!;
    const atMs = this.#options.nowMs();
    const sighting = await this.#try(fault, moment, signal);
    if (changes !== this.#changes[index] || changes % 2 === 1) return;
    const proved = isAsExpected(moment, fault, sighting);
    const expected = moment === 'during' ? 'fault' : 'works';
    this.#options.onProof({
      kind: 'proof',
      atMs,
      index,
      link: fault.link,
      moment,
      expected,
      proved,
      ...sighting,
    });
    if (!proved) throw notProved(fault.kind, fault.link, moment, sighting);
  }

  async #try(fault: Fault, moment: ProofEntry['moment'], signal: AbortSignal): Promise<Sighting> {
    const timeoutMs = tryForMs(moment === 'during' ? fault : undefined);
    for (let tries = 1; ; tries += 1) {
      const sighting = await this.#options.tryLink(fault.link, timeoutMs, signal);
      signal.throwIfAborted();
      if (moment === 'during' || tries === triesToWork || isAsExpected(moment, fault, sighting))
        return sighting;
    }
  }
}

/** A busy machine hiccups: a link that has to work gets this many tries before it counts as not working. */
const triesToWork = 3;

function isAsExpected(moment: ProofEntry['moment'], fault: Fault, sighting: Sighting): boolean {
  if (moment === 'during') return isProved(fault, sighting);
  return moment === 'after' ? isHealed(fault, sighting) : isProved(undefined, sighting);
}

const expectations = {
  before: 'the link to work before the fault',
  during: 'the fault to be in force',
  after: 'the link to work again after the heal',
} as const;

function notProved(
  kind: string,
  link: string,
  moment: ProofEntry['moment'],
  { seen, detail }: Sighting,
): HarnessError {
  return new HarnessError(
    `The fault ${kind} on the link "${link}" could not be proved: expected ${expectations[moment]}, saw that it ${seenTexts[seen]} (${detail}). No judgement of this run can be believed; run it again, and report it if it recurs.`,
  );
}

const seenTexts = {
  works: 'works',
  refused: 'refuses connections',
  cut: 'cuts connections',
  silent: 'does not answer',
} as const;
