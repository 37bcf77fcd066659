import { HarnessError } from '../errors.ts';
import type { NodeFault } from '../scenario/scenario.ts';
import type { Inject } from './fault.ts';

/** The fault ends by itself when nobody heals it. Later than planned, so that it never ends before the heal. */
const graceMs = 10_000;

/** Has the preload put a fault in force within the target, and take it out when disposed of. */
export const inTarget: Inject<NodeFault> = async (fault, { control }, signal, forMs) => {
  signal.throwIfAborted();
  if (!control) {
    throw new HarnessError(
      `The fault ${fault.kind} needs the control channel to the target, which was not opened: this is a mistake in Ordeal; report it.`,
    );
  }
  const injection = await control.inject(fault, forMs + graceMs, signal);
  return { fault, [Symbol.asyncDispose]: () => injection.heal() };
};
