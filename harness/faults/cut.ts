import type { FaultOf, Inject } from './fault.ts';
import { onLink } from './on-link.ts';

/** Something between breaks every connection: it is accepted, then reset. */
export const cut: Inject<FaultOf<'cut'>> = (fault, reach, signal) => {
  const link = reach.link(fault.link);
  return onLink(fault, link, () => link.cut(), signal);
};
