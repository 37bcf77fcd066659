import type { ProofEntry } from '../journal/entry.ts';
import type { Link } from '../proxy/link.ts';
import type { Fault, FaultKind, ServiceKind } from '../scenario/scenario.ts';

/** What a fault acts on. */
export interface Reach {
  link(name: string): Link;
  kind(name: string): ServiceKind;
}

/** A fault in force. Disposing heals it; disposing twice does no harm. */
export interface InjectedFault extends AsyncDisposable {
  readonly fault: Fault;
}

export type FaultOf<Kind extends FaultKind> = Extract<Fault, { kind: Kind }>;

/** Resolves when the fault is in force; rejects with the signal's reason, and nothing in force, when aborted. */
export type Inject<F extends Fault> = (fault: F, reach: Reach, signal: AbortSignal) => Promise<InjectedFault>;

/** What one try of a link from outside the target showed. */
export type Sighting = Pick<ProofEntry, 'seen' | 'roundTripMs' | 'detail'>;
