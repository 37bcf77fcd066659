import { complain, reason } from './complain.ts';

/**
 * A function that is called from inside the service (a hook, a channel subscriber, a patched function) and must not
 * throw into it: diagnostics_channel turns a subscriber's throw into an uncaught exception. The first failure is told.
 */
export function harmless<A extends unknown[]>(what: string, run: (...args: A) => void): (...args: A) => void {
  let told = false;
  return (...args) => {
    try {
      run(...args);
    } catch (error) {
      if (told) return;
      told = true;
      complain(`${what} failed (told once; the service is not affected): ${reason(error)}`);
    }
  };
}
