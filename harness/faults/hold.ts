import type { FaultOf, Inject } from './fault.ts';
import { onLink } from './on-link.ts';

/** The dependency is there and says nothing: connections stay open, no byte passes. */
export const hold: Inject<FaultOf<'hold'>> = (fault, reach, signal) => {
  const link = reach.link(fault.link);
  return onLink(fault, link, () => link.hold(), signal);
};
