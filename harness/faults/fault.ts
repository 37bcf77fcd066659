import type { ProofEntry } from '../journal/entry.ts';
import type { Link } from '../proxy/link.ts';
import type { Fault, FaultKind, ServiceKind } from '../scenario/scenario.ts';
import type { Control } from './control/control.ts';

/** What a fault acts on. */
export interface Reach {
  link(name: string): Link;
  kind(name: string): ServiceKind;
  /** The way into the target; only there when the scenario has a fault that acts within. */
  control?: Control;
}

/** A fault in force. Disposing heals it; disposing twice does no harm. */
export interface InjectedFault extends AsyncDisposable {
  readonly fault: Fault;
}

export type FaultOf<Kind extends FaultKind> = Extract<Fault, { kind: Kind }>;

/**
 * Resolves when the fault is in force; rejects with the signal's reason, and nothing in force, when aborted.
 * @param forMs how long it is planned to be in force
 */
export type Inject<F extends Fault> = (
  fault: F,
  reach: Reach,
  signal: AbortSignal,
  forMs: number,
) => Promise<InjectedFault>;

/** What one look from outside the target showed. */
export type Sighting = Pick<ProofEntry, 'seen' | 'roundTripMs' | 'measured' | 'detail'>;

/**
 * Looks once, from outside the target, whether the effect of a fault is there. Whatever it finds is a sighting, not an
 * error; rejects with the signal's reason when aborted.
 */
export type Look = (view: View, signal: AbortSignal) => Promise<Sighting>;

/** What a look has to know. */
export interface View {
  moment: ProofEntry['moment'];
  /** What the last look before the fault measured, to hold against. */
  before: ProofEntry['measured'];
}
