import type { FaultOf, Inject } from './fault.ts';
import { onLink } from './on-link.ts';

/** The dependency answers late. */
export const delay: Inject<FaultOf<'delay'>> = (fault, reach, signal) => {
  const link = reach.link(fault.link);
  return onLink(fault, link, () => link.delay(fault.latencyMs, fault.jitterMs), signal);
};
