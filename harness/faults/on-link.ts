import type { Link } from '../proxy/link.ts';
import type { Fault } from '../scenario/scenario.ts';
import type { InjectedFault } from './fault.ts';

/** Puts a link into a state, and back when disposed of. Also when it failed half-way: a fault never stays. */
export async function onLink(
  fault: Fault,
  link: Link,
  enter: () => Promise<void>,
  signal: AbortSignal,
): Promise<InjectedFault> {
  signal.throwIfAborted();
  try {
    await enter();
    signal.throwIfAborted();
  } catch (error) {
    await link.heal();
    throw error;
  }
  let healed: Promise<void> | undefined;
  return {
    fault,
    [Symbol.asyncDispose]: () => {
      healed ??= link.heal();
      return healed;
    },
  };
}
