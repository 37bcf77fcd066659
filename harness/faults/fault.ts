import type { ProofEntry } from '../journal/entry.ts';
import type { Link } from '../proxy/link.ts';
import type { Fault, ServiceKind } from '../scenario/scenario.ts';

/** What a fault acts on. */
export interface Reach {
  link(name: string): Link;
  kind(name: string): ServiceKind;
}

/** A fault in force. Disposing heals it; disposing twice does no harm. */
export interface InjectedFault extends AsyncDisposable {
  readonly fault: Fault;
}

/** What one try of a link from outside the target showed. */
export type Sighting = Pick<ProofEntry, 'seen' | 'roundTripMs' | 'detail'>;
