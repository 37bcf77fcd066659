import type { FaultOf, Inject } from './fault.ts';
import { onLink } from './on-link.ts';

/** The dependency is gone, and its machine says so: connecting gives ECONNREFUSED, what was open is reset. */
export const refuse: Inject<FaultOf<'refuse'>> = (fault, reach, signal) => {
  const link = reach.link(fault.link);
  return onLink(fault, link, () => link.refuse(), signal);
};
